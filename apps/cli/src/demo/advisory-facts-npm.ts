/**
 * Well-known flaws of packages of npm, in the form that `advisory-facts.ts` reads.
 * Their ids, dates, scores and ranges are those of the GitHub Advisory Database as of February 2025.
 */
export const npmFacts = `
GHSA-jf85-cpcp-j695 CVE-2019-10744 2019-07-10 2025-01-14 CRITICAL CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H
  Defaults merged deeply from foreign input can change the prototype that all objects share.
  @ npm lodash 0 4.17.12
  @ npm lodash-es 0 4.17.14
GHSA-p6mc-m468-83gw CVE-2020-8203 2020-07-15 2023-11-08 HIGH CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:H
  Setting a value by a foreign path can change the prototype that all objects share.
  @ npm lodash 3.7.0 4.17.19
  @ npm lodash-es 3.7.0 4.17.20
GHSA-35jh-r3h4-6jhm CVE-2021-23337 2021-05-06 2025-01-14 HIGH CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H
  The name of a template variable is compiled into code, so whoever chooses it runs code.
  @ npm lodash 0 4.17.21
  @ npm lodash-es 0 4.17.21
GHSA-29mw-wpgm-hmr9 CVE-2020-28500 2022-01-06 2025-01-14 MODERATE CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L
  Trimming a text of many blanks takes time that grows faster than the text.
  @ npm lodash 0 4.17.21
  @ npm lodash-es 0 4.17.21
GHSA-vh95-rmgr-6w4m CVE-2020-7598 2020-04-03 2025-01-14 MODERATE CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:L
  An argument named like the prototype adds properties to every object.
  @ npm minimist 0 0.2.1
  @ npm minimist 1.0.0 1.2.3
GHSA-xvch-5gv4-984h CVE-2021-44906 2022-03-18 2025-01-14 CRITICAL CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
  An argument with a path through the constructor changes the prototype that all objects share.
  @ npm minimist 0 0.2.4
  @ npm minimist 1.0.0 1.2.6
GHSA-hrpp-h998-j3pp CVE-2022-24999 2022-11-27 2024-02-13 HIGH CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
  A query string that sets its own prototype makes the parser hang the process.
  @ npm qs 0 6.2.4
  @ npm qs 6.3.0 6.3.3
  @ npm qs 6.4.0 6.4.1
  @ npm qs 6.5.0 6.5.3
  @ npm qs 6.6.0 6.6.1
  @ npm qs 6.7.0 6.7.3
  @ npm qs 6.8.0 6.8.3
  @ npm qs 6.9.0 6.9.7
  @ npm qs 6.10.0 6.10.3
GHSA-c2qf-rxjj-qqgw CVE-2022-25883 2023-06-21 2024-12-06 HIGH CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
  Parsing a foreign version range can take quadratic time.
  @ npm semver 0 5.7.2
  @ npm semver 6.0.0 6.3.1
  @ npm semver 7.0.0 7.5.2
GHSA-6fc8-4gx4-v693 CVE-2021-32640 2021-05-28 2023-11-08 MODERATE CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L
  A protocol header made for it slows the handshake of a WebSocket server down.
  @ npm ws 5.0.0 5.2.3
  @ npm ws 6.0.0 6.2.2
  @ npm ws 7.0.0 7.4.6
GHSA-3h5v-q93c-6h6q CVE-2024-37890 2024-06-17 2024-07-15 HIGH CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
  A handshake with more headers than the server takes ends the process.
  @ npm ws 2.1.0 5.2.4
  @ npm ws 6.0.0 6.2.3
  @ npm ws 7.0.0 7.5.10
  @ npm ws 8.0.0 8.17.1
GHSA-r628-mhmh-qjhw CVE-2021-32803 2021-08-03 2023-11-08 HIGH CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:N
  A folder that an archive replaces by a link lets later entries write outside the target.
  @ npm tar 3.0.0 3.2.3
  @ npm tar 4.0.0 4.4.15
  @ npm tar 5.0.0 5.0.7
  @ npm tar 6.0.0 6.1.2
GHSA-3jfq-g458-7qm9 CVE-2021-32804 2021-08-03 2023-11-08 HIGH CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:N
  A path that begins with several roots is written outside the target.
  @ npm tar 0 3.2.2
  @ npm tar 4.0.0 4.4.14
  @ npm tar 5.0.0 5.0.6
  @ npm tar 6.0.0 6.1.1
GHSA-9r2w-394v-53qc CVE-2021-37701 2021-08-31 2023-11-08 HIGH CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:N
  Two spellings of one folder defeat the check for links, so entries are written outside the target.
  @ npm tar 3.0.0 4.4.16
  @ npm tar 5.0.0 5.0.8
  @ npm tar 6.0.0 6.1.7
GHSA-qq89-hq3f-393p CVE-2021-37712 2021-08-31 2023-11-08 HIGH CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:N
  Names that a file system takes for the same defeat the check for links.
  @ npm tar 3.0.0 4.4.18
  @ npm tar 5.0.0 5.0.10
  @ npm tar 6.0.0 6.1.9
GHSA-5955-9wpr-37jh CVE-2021-37713 2021-08-31 2023-11-08 HIGH CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:N
  On Windows a path relative to a drive is written outside the target.
  @ npm tar 0 4.4.18
  @ npm tar 5.0.0 5.0.10
  @ npm tar 6.0.0 6.1.9
GHSA-f5x3-32g6-xq36 CVE-2024-28863 2024-03-22 2024-07-15 MODERATE CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H
  An archive with folders nested without end uses up memory and time.
  @ npm tar 0 6.2.1
GHSA-c76h-2ccp-4975 CVE-2025-22150 2025-01-21 2025-01-21 MODERATE CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N
  The boundary of a multipart body can be foretold, so a body can be altered by who knows others.
  @ npm undici 4.5.0 5.28.5
  @ npm undici 6.0.0 6.21.1
  @ npm undici 7.0.0 7.2.3
GHSA-cxjh-pqwp-8mfp CVE-2024-28849 2024-03-14 2024-04-02 MODERATE CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N
  A redirect to another host keeps the credentials for the proxy.
  @ npm follow-redirects 0 1.15.6
GHSA-jchw-25xp-jwwc CVE-2023-26159 2024-01-02 2024-01-09 MODERATE CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N
  A URL that the parser does not understand can lead a redirect to another host.
  @ npm follow-redirects 0 1.15.4
GHSA-grv7-fg5c-xmjg CVE-2024-4068 2024-05-14 2024-07-15 HIGH CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
  A pattern of unbalanced braces uses up memory.
  @ npm braces 0 3.0.3
GHSA-952p-6rrq-rcjv CVE-2024-4067 2024-05-14 2024-08-28 MODERATE CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L
  Matching a long text against a pattern of braces takes time that grows faster than the text.
  @ npm micromatch 0 4.0.8
GHSA-9c47-m6qq-7p4h CVE-2022-46175 2022-12-29 2024-02-13 HIGH CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:L/A:H
  A key named like the prototype is set on the parsed object itself.
  @ npm json5 0 1.0.2
  @ npm json5 2.0.0 2.2.2
GHSA-j8xg-fqg3-53r7 CVE-2023-26115 2023-06-22 2025-02-13 MODERATE CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L
  Wrapping a text of many blanks takes time that grows faster than the text.
  @ npm word-wrap 0 1.2.4
GHSA-72xf-g2v4-qvf3 CVE-2023-26136 2023-07-01 2024-06-21 MODERATE CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N
  A cookie for a domain named like the prototype changes what all objects share.
  @ npm tough-cookie 0 4.1.3
GHSA-rv95-896h-c2vc CVE-2024-29041 2024-03-25 2024-03-25 MODERATE CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N
  A redirect to a malformed URL can lead past the list of hosts that are allowed.
  @ npm express 0 4.19.2
  @ npm express 5.0.0-alpha.1 5.0.0-beta.3
GHSA-9wv6-86v2-598j CVE-2024-45296 2024-09-09 2025-01-24 HIGH CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
  Two parameters in one part of a route make a pattern that can hang the process.
  @ npm path-to-regexp 0 0.1.10
  @ npm path-to-regexp 0.2.0 1.9.0
  @ npm path-to-regexp 2.0.0 3.3.0
  @ npm path-to-regexp 4.0.0 6.3.0
  @ npm path-to-regexp 7.0.0 8.0.0
GHSA-rhx6-c78j-4q9w CVE-2024-52798 2024-12-05 2025-01-24 HIGH CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N/E:P
  The repair of the first flaw of this kind left patterns that can still hang the process.
  @ npm path-to-regexp 0 0.1.12
GHSA-3xgq-45jj-v275 CVE-2024-21538 2024-11-08 2024-11-19 HIGH CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
  An argument made for it takes time that grows faster than the argument.
  @ npm cross-spawn 0 6.0.6
  @ npm cross-spawn 7.0.0 7.0.5
GHSA-f8q6-p94x-37v3 CVE-2022-3517 2022-10-18 2024-02-14 HIGH CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
  Expanding braces of a foreign pattern can take for ever.
  @ npm minimatch 0 3.0.5
GHSA-93q8-gq69-wqmw CVE-2021-3807 2021-09-20 2023-11-08 HIGH CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
  Looking for escape sequences in a text made for it can take for ever.
  @ npm ansi-regex 3.0.0 3.0.1
  @ npm ansi-regex 4.0.0 4.1.1
  @ npm ansi-regex 5.0.0 5.0.1
  @ npm ansi-regex 6.0.0 6.0.1
GHSA-qwcr-r2fm-qrc7 CVE-2024-45590 2024-09-10 2024-09-10 HIGH CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
  A form with deeply nested keys takes the server all its time.
  @ npm body-parser 0 1.20.3
GHSA-mwcw-c2x4-8c55 CVE-2024-55565 2024-12-09 2024-12-13 MODERATE CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:L/A:N
  A size that is no whole number makes ids that can be guessed.
  @ npm nanoid 0 3.3.8
  @ npm nanoid 4.0.0 5.0.9
GHSA-7fh5-64p2-3v2j CVE-2023-44270 2023-09-30 2023-11-08 MODERATE CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N
  A carriage return ends a comment early, so what a linter saw as a comment is none.
  @ npm postcss 0 8.4.31
GHSA-896r-f27r-55mw CVE-2021-3918 2021-11-19 2025-01-17 CRITICAL CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
  Validating a foreign object can change the prototype that all objects share.
  @ npm json-schema 0 0.4.0
GHSA-r683-j2x4-v87g CVE-2022-0235 2022-01-21 2023-11-08 HIGH CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H
  A redirect to another host keeps cookies and credentials.
  @ npm node-fetch 0 2.6.7
  @ npm node-fetch 3.0.0 3.1.1
`;
