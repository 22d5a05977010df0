/**
 * Well-known flaws of packages of Debian and Alpine, in the form that `advisory-facts.ts` reads. Their ids, dates, scores
 * and ranges are those of the distributions' own trackers as of February 2025.
 */
export const distroFacts = `
DEBIAN-CVE-2023-4911 CVE-2023-4911 2023-10-03 2025-01-27 - CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H
  A tunable in the environment overflows a buffer of the loader and gives a user the rights of root.
  @ Debian:11 glibc 0 2.31-13+deb11u7
  @ Debian:12 glibc 0 2.36-9+deb12u3
DEBIAN-CVE-2024-2961 CVE-2024-2961 2024-04-17 2025-01-14 - -
  Converting to ISO-2022-CN-EXT can write a few bytes beyond the buffer.
  @ Debian:11 glibc 0 2.31-13+deb11u9
  @ Debian:12 glibc 0 2.36-9+deb12u6
DEBIAN-CVE-2022-37434 CVE-2022-37434 2022-08-05 2025-01-15 - CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
  A large extra field in a gzip header overflows a buffer while it is inflated.
  @ Debian:11 zlib 0 1:1.2.11.dfsg-2+deb11u2
  @ Debian:12 zlib 0 1:1.2.11.dfsg-4.1
DEBIAN-CVE-2023-45853 CVE-2023-45853 2023-10-14 2025-01-15 - CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
  A long file name overflows a buffer of the zip writer that comes with the library.
  @ Debian:11 zlib 0 -
  @ Debian:12 zlib 0 -
DEBIAN-CVE-2022-3602 CVE-2022-3602 2022-11-01 2024-12-16 - CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
  An address in a certificate overflows four bytes while its name constraints are checked.
  @ Debian:12 openssl 0 3.0.7-1
DEBIAN-CVE-2023-0286 CVE-2023-0286 2023-02-08 2024-12-05 - CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:H
  An address of a certificate is taken for another type while revocation lists are compared.
  @ Debian:11 openssl 0 1.1.1n-0+deb11u4
  @ Debian:12 openssl 0 3.0.8-1
DEBIAN-CVE-2022-1664 CVE-2022-1664 2022-05-26 2025-01-15 - CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
  Unpacking a foreign source package can write outside its folder.
  @ Debian:11 dpkg 0 1.20.10
  @ Debian:12 dpkg 0 1.21.8
DEBIAN-CVE-2024-6387 CVE-2024-6387 2024-07-01 2024-12-05 - CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H
  A signal handler of the server that is not safe in one can be raced into running code.
  @ Debian:12 openssh 0 1:9.2p1-2+deb12u3
ALPINE-CVE-2022-48174 CVE-2022-48174 2023-08-22 2025-02-06 - CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
  A shell arithmetic expression made for it overflows the stack.
  @ Alpine:v3.18 busybox 0 1.36.1-r1
  @ Alpine:v3.19 busybox 0 1.36.1-r2
  @ Alpine:v3.20 busybox 0 1.36.1-r2
  @ Alpine:v3.21 busybox 0 1.36.1-r2
ALPINE-CVE-2023-42366 CVE-2023-42366 2023-11-27 2025-01-14 - CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H
  A script made for it makes awk read beyond its heap.
  @ Alpine:v3.18 busybox 0 1.36.1-r6
  @ Alpine:v3.19 busybox 0 1.36.1-r16
  @ Alpine:v3.20 busybox 0 1.36.1-r25
  @ Alpine:v3.21 busybox 0 1.36.1-r25
ALPINE-CVE-2024-6119 CVE-2024-6119 2024-09-03 2024-12-05 - -
  Checking the name of a certificate can read an invalid address and end the process.
  @ Alpine:v3.18 openssl 0 3.1.7-r0
  @ Alpine:v3.19 openssl 0 3.1.7-r0
  @ Alpine:v3.20 openssl 0 3.3.2-r0
  @ Alpine:v3.21 openssl 0 3.3.2-r0
ALPINE-CVE-2023-5363 CVE-2023-5363 2023-10-25 2024-12-05 - CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N
  A key or initialisation vector of another length is cut or overrun in some ciphers.
  @ Alpine:v3.18 openssl 0 3.1.4-r0
  @ Alpine:v3.19 openssl 0 3.1.4-r0
  @ Alpine:v3.20 openssl 0 3.1.4-r0
  @ Alpine:v3.21 openssl 0 3.1.4-r0
ALPINE-CVE-2023-38545 CVE-2023-38545 2023-10-18 2025-02-13 - CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
  A long host name overflows the heap while a SOCKS5 proxy is spoken to.
  @ Alpine:v3.18 curl 0 8.4.0-r0
  @ Alpine:v3.19 curl 0 8.4.0-r0
  @ Alpine:v3.20 curl 0 8.4.0-r0
  @ Alpine:v3.21 curl 0 8.4.0-r0
ALPINE-CVE-2025-26519 CVE-2025-26519 2025-02-14 2025-02-14 - -
  Converting from EUC-KR can write beyond the buffer.
  @ Alpine:v3.18 musl 0 1.2.4-r3
  @ Alpine:v3.19 musl 0 1.2.4_git20230717-r5
  @ Alpine:v3.20 musl 0 1.2.5-r1
  @ Alpine:v3.21 musl 0 1.2.5-r9
`;
