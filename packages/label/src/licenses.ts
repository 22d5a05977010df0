/*
 * Which license texts can be said as SPDX. CycloneDX refuses an id that is not on the SPDX list and readers choke on an
 * expression that does not parse, while a name may be anything: what is not surely SPDX is a name.
 * @see https://spdx.org/licenses/
 * @see https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/
 */

/** The ids of the SPDX list that packages really declare; a test holds each against the published schema. */
export const spdxIds: ReadonlySet<string> = new Set(
  `0BSD AFL-2.1 AFL-3.0 AGPL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-1.0 Apache-1.1 Apache-2.0 APSL-2.0 Artistic-1.0
   Artistic-1.0-Perl Artistic-2.0 Beerware BlueOak-1.0.0 BSD-1-Clause BSD-2-Clause BSD-2-Clause-FreeBSD
   BSD-2-Clause-Patent BSD-3-Clause BSD-3-Clause-Clear BSD-3-Clause-LBNL BSD-4-Clause BSD-4-Clause-UC
   BSD-Source-Code BSL-1.0 BUSL-1.1 bzip2-1.0.6 CC-BY-3.0 CC-BY-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDDL-1.0 CDDL-1.1
   CECILL-2.1 CECILL-B CECILL-C CPL-1.0 curl ECL-2.0 EFL-2.0 Elastic-2.0 EPL-1.0 EPL-2.0 EUPL-1.1 EUPL-1.2 FSFAP FSFUL
   FSFULLR FTL GFDL-1.1-or-later GFDL-1.2-only GFDL-1.2-or-later GFDL-1.3-only GFDL-1.3-or-later GPL-1.0 GPL-1.0+
   GPL-1.0-only GPL-1.0-or-later GPL-2.0 GPL-2.0+ GPL-2.0-only GPL-2.0-or-later GPL-3.0 GPL-3.0+ GPL-3.0-only
   GPL-3.0-or-later HPND HPND-sell-variant ICU IJG Info-ZIP IPL-1.0 ISC JSON LGPL-2.0 LGPL-2.0+ LGPL-2.0-only
   LGPL-2.0-or-later LGPL-2.1 LGPL-2.1+ LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0 LGPL-3.0+ LGPL-3.0-only
   LGPL-3.0-or-later Libpng libpng-2.0 libtiff LPPL-1.3c MirOS MIT MIT-0 MIT-CMU MIT-Modern-Variant MPL-1.0 MPL-1.1
   MPL-2.0 MPL-2.0-no-copyleft-exception MS-PL MS-RL MulanPSL-2.0 NAIST-2003 NCSA NTP OFL-1.0 OFL-1.1 OLDAP-2.7
   OLDAP-2.8 OpenSSL OSL-3.0 PHP-3.0 PHP-3.01 PostgreSQL PSF-2.0 Python-2.0 Python-2.0.1 QPL-1.0 Ruby RSA-MD Sendmail
   Sleepycat SMLNJ SSH-OpenSSH SSPL-1.0 TCL TCP-wrappers TU-Berlin-2.0 Unicode-3.0 Unicode-DFS-2015
   Unicode-DFS-2016 Unlicense UPL-1.0 Vim W3C WTFPL X11 XFree86-1.1 Xnet Zlib ZPL-2.0 ZPL-2.1`.split(/\s+/),
);

const exceptions = new Set(
  `Autoconf-exception-2.0 Autoconf-exception-3.0 Bison-exception-2.2 Classpath-exception-2.0 Font-exception-2.0
   GCC-exception-2.0 GCC-exception-3.1 GPL-3.0-linking-exception Libtool-exception Linux-syscall-note LLVM-exception
   OpenJDK-assembly-exception-1.0 openvpn-openssl-exception OCaml-LGPL-linking-exception
   Universal-FOSS-exception-1.0 u-boot-exception-2.0`.split(/\s+/),
);

/** Whether the text is a compound SPDX expression of known ids, which means the same to every reader. */
export function isKnownExpression(text: string): boolean {
  if (text.length > 1_000) return false;
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  // One level of the grammar is a term, joined to the next by AND or OR; parentheses nest at most 16 deep.
  const list = (depth: number): boolean => {
    if (!term(depth)) return false;
    while (tokens[at] === 'AND' || tokens[at] === 'OR') {
      at += 1;
      if (!term(depth)) return false;
    }
    return true;
  };
  const term = (depth: number): boolean => {
    const token = tokens[at++];
    if (token === '(') return depth < 16 && list(depth + 1) && tokens[at++] === ')';
    if (token === undefined || !spdxIds.has(token)) return false;
    if (tokens[at] !== 'WITH') return true;
    at += 2;
    return exceptions.has(tokens[at - 1] ?? '');
  };
  return list(0) && at === tokens.length;
}

/** CycloneDX' `licenseChoice`: either licenses, or one expression alone. */
export type LicenseChoice =
  | readonly { readonly license: { readonly id: string } | { readonly name: string } }[]
  | readonly [{ readonly expression: string }];

/** Null when there is nothing to say. */
export function licenseChoice(licenses: readonly string[]): LicenseChoice | null {
  const said = [...new Set(licenses.map((one) => one.trim()).filter(Boolean))];
  const [first] = said;
  if (first === undefined) return null;
  if (said.length === 1 && !spdxIds.has(first) && isKnownExpression(first)) return [{ expression: first }];
  return said.map((text) => ({ license: spdxIds.has(text) ? { id: text } : { name: text } }));
}
