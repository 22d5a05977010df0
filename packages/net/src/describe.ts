/** A URL without what may be secret: no user, no query values (presigned URLs keep their signature there), no fragment. */
export function describeUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}`;
}

export function describeOrigin(url: URL): string {
  return `${url.protocol}//${url.host}`;
}
