/** A package manager whose database is recognised and not read yet. */
export interface Manager {
  readonly name: string;
  /** As `wants` of a cataloger. */
  readonly wants: readonly string[];
  /** The canonical path of evidence, in any root. */
  readonly at: RegExp;
}

export const managers: readonly Manager[] = [
  {
    name: 'rpm',
    wants: ['rpm/Packages', 'rpm/Packages.db', 'rpm/rpmdb.sqlite'],
    at: /(?:^|\/)(?:var\/lib|usr\/lib\/sysimage|usr\/share)\/rpm\/(?:Packages(?:\.db)?|rpmdb\.sqlite)$/,
  },
  {
    name: 'rpm manifest',
    wants: ['rpmmanifest/container-manifest-*'],
    at: /(?:^|\/)var\/lib\/rpmmanifest\/container-manifest-\d+$/,
  },
  { name: 'pacman', wants: ['desc'], at: /(?:^|\/)var\/lib\/pacman\/local\/[^/]+\/desc$/ },
  { name: 'portage', wants: ['CONTENTS'], at: /(?:^|\/)var\/db\/pkg\/[^/]+\/[^/]+\/CONTENTS$/ },
  { name: 'opkg', wants: ['opkg/status'], at: /(?:^|\/)(?:usr\/|var\/)?lib\/opkg\/status$/ },
  { name: 'xbps', wants: ['xbps/pkgdb-*'], at: /(?:^|\/)var\/db\/xbps\/pkgdb-[^/]+\.plist$/ },
  { name: 'nix', wants: ['db/db.sqlite'], at: /(?:^|\/)nix\/var\/nix\/db\/db\.sqlite$/ },
  { name: 'chisel', wants: ['chisel/manifest.wall'], at: /(?:^|\/)var\/lib\/chisel\/manifest\.wall$/ },
  { name: 'cos', wants: ['cos-package-info.json'], at: /(?:^|\/)etc\/cos-package-info\.json$/ },
];
