import type { topics } from './args.ts';

const general = `soupcon: what is in a container image, layer by layer, and what is known to be
wrong with it.

  soupcon scan <image> [options]        scan one image and print its label
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
                           without it, or SOUPCON_ADVISORIES_URL, nothing is
                           matched
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

const texts: Readonly<Record<(typeof topics)[number], string>> = { scan, versions };

/** @param schemes ids of the version schemes there are. */
export function helpText(topic: string | null, schemes: readonly string[]): string {
  const text = topic !== null && Object.hasOwn(texts, topic) ? texts[topic as keyof typeof texts] : general;
  return text.replace('SCHEMES', schemes.join(', '));
}
