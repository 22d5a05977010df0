import type { topics } from './args.ts';

const general = `soupcon: what is in a container image, layer by layer, and what is known to be
wrong with it.

  soupcon scan <image> [options]        scan one image and print its label
  soupcon serve                         the service: what is pushed is scanned
  soupcon api, soupcon worker           its two halves, for several machines
  soupcon demo                          all of it once, on this machine alone
  soupcon advisories import|sync|status the service's advisories
  soupcon keys create                   a key for the HTTP interface
  soupcon registries connect <host>     a registry that will notify the service
  soupcon repos enable <repository>     opt a repository in
  soupcon versions compare <scheme>     compare versions as an ecosystem does
  soupcon help <command>                more about one command
  soupcon --version                     the version of this program

Results go to standard output, progress and messages to standard error.
`;

const scan = `soupcon scan <image> [options]

<image> is one of
  registry/repository:tag, registry/repository@sha256:...
  oci:DIR[:TAG]            an OCI image layout
  docker-archive:FILE[:NAME]
                           what \`docker save\` writes
  dir:PATH                 a root file system
  sbom:FILE                a bill of materials (CycloneDX JSON)

Options
  -f, --format FORMAT      table (default), json or cyclonedx
  -o, --output FILE        write there instead of to standard output
  --platform OS/ARCH[/VARIANT]
                           which image of an index; default linux/<this machine>
  --advisories DIR|URL     advisories, laid out as the public OSV bucket;
                           without it, SOUPCON_ADVISORIES_URL, or else those
                           of the service in the data directory; without any of
                           these nothing is matched
  --fail-on SEVERITY       exit 1 if a finding is that severe or worse:
                           critical, high, medium, low, negligible or unknown
  --require-complete       exit 4 unless all of the image could be read
  --all                    list negligible and suppressed findings too
  --insecure-registry HOST speak to this registry without TLS; may be repeated
  --threads N              layers read at once
  -q, --quiet              no progress, no warnings
  --verbose                progress as lines where there is no terminal

Exit status
  0  done, and within what --fail-on allows
  1  done, and a finding is as severe as --fail-on says, or worse
  2  the command or the configuration cannot be understood
  3  the image could not be scanned, the advisories not read, or the output not
     written
  4  scanned, but what was asked for cannot be told: with --fail-on, nothing
     could be matched, the image could not be understood, or a finding that
     severe is undetermined; with --require-complete, the label is not complete
  A partial label, and packages that could not be matched beside others that
  were, exit as the findings say, with a warning.

Environment
  SOUPCON_ADVISORIES_URL       as --advisories
  SOUPCON_INSECURE_REGISTRIES  as --insecure-registry, separated by commas
  SOUPCON_CA_FILE, SSL_CERT_FILE
                               certificates (PEM) to trust beside the usual
  DOCKER_CONFIG                directory of config.json with credentials
  HTTP_PROXY, HTTPS_PROXY, NO_PROXY
  NO_COLOR                     no colours in the table
`;

const versions = `soupcon versions compare <scheme>

Reads lines \`A B\` from standard input and prints for each, in order:
  <  A is before B        =  they are equal
  >  A is after B         ?  they cannot be compared

<scheme> is one of SCHEMES.
`;

const serve = `soupcon serve [options]

Starts the whole service in one process: the HTTP interface, a worker, and,
unless DATABASE_URL is set, a Postgres of its own in the data directory. The
first start makes an organization and a key; the key is shown on a terminal,
else written to api-key in the data directory.

Options
  -p, --port PORT          8080
  --data DIR               where everything is kept

Environment
  SOUPCON_PORT, SOUPCON_HOST   where to listen; 8080 and 127.0.0.1
  SOUPCON_DATA_DIR             as --data
  SOUPCON_PUBLIC_URL           how registries and people reach it
  SOUPCON_SECRET_KEY           32 bytes in base64, seals credentials; made and
                               kept in the data directory when not given
  SOUPCON_ADVISORIES_URL       where advisories come from
  SOUPCON_ALLOW_PRIVATE        1 to pull from private addresses although a
                               DATABASE_URL or public URL is set
  SOUPCON_LOG_LEVEL            info
  DATABASE_URL                 a Postgres instead of its own
  REDIS_URL                    a Redis for the queue instead of Postgres
`;

const api = `soupcon api [--port PORT]

The HTTP interface alone; workers run elsewhere. Needs DATABASE_URL and
SOUPCON_SECRET_KEY; the rest is as for \`soupcon serve\`.
`;

const worker = `soupcon worker

A worker alone: pulls and reads what was pushed. Start as many as are wanted, on
as many machines, with the same DATABASE_URL, SOUPCON_SECRET_KEY and, if there
is one, REDIS_URL; the rest is as for \`soupcon serve\`.
`;

const advisories = `soupcon advisories import DIR [--force]
soupcon advisories sync [--url BASE] [--force]
soupcon advisories status

Brings the service's advisories up to date, and matches again what they change.
DIR and BASE are laid out as the public OSV bucket:
  <Ecosystem>/all.zip, <Ecosystem>/modified_id.csv
Without --url it is SOUPCON_ADVISORIES_URL, else the public bucket. Records that
are the same are not read again. A source that has lost more than a tenth of its
records is not applied without --force.

Options
  --data DIR               the service's data directory
`;

const keys = `soupcon keys create [--name NAME] [--organization ID]

Makes a key for the HTTP interface and prints it. It is not kept: what is lost is
made anew. Without --organization there must be just one.

Options
  --data DIR               the service's data directory
`;

const registries = `soupcon registries connect HOST [--insecure] [--url URL]

Adds a distribution registry, without credentials, and prints the part of its
configuration that makes it notify this service of every push. Doing it again
makes a new address; the one before is no longer valid.

Options
  --insecure               speak to this registry without TLS
  --url URL                how the registry reaches this service, when that is
                           not SOUPCON_PUBLIC_URL
  --write-config FILE      write a whole configuration, with storage in
                           /var/lib/registry; a file that has the address that
                           is valid stays as it is
  --organization ID        when there is more than one
  --data DIR               the service's data directory
`;

const repos = `soupcon repos enable HOST/NAME [--insecure] [--organization ID]

Opts a repository in: from now on every push to it is scanned. A registry that is
not known yet is added, without credentials, and the address that it has to
notify is printed.

Options
  --insecure               speak to this registry without TLS
  --data DIR               the service's data directory
`;

const demo = `soupcon demo [oci:DIR[:TAG]] [options]

Starts everything on this machine alone, a small registry included, pushes an
image to it, and prints the label that the push leads to. Without an image it
builds one of what is here: this distribution's package database, Node itself
and the packages of this project.

Options
  --advisories DIR         laid out as the public OSV bucket; without it a few
                           well-known ones, dated, that come with it
  --exit                   end when the label is there; else it stays up on a
                           terminal
  -p, --port PORT          any free one
`;

const texts: Readonly<Record<(typeof topics)[number], string>> = {
  scan,
  versions,
  serve,
  api,
  worker,
  advisories,
  keys,
  registries,
  repos,
  demo,
};

/** @param schemes ids of the version schemes there are. */
export function helpText(topic: string | null, schemes: readonly string[]): string {
  const text = topic !== null && Object.hasOwn(texts, topic) ? texts[topic as keyof typeof texts] : general;
  return text.replace('SCHEMES', schemes.join(', '));
}
