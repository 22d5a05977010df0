const pattern = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,12}))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;

/**
 * An instant as senders write it, in UTC and RFC 3339, with as many digits of a second as it had, up to nine; null for
 * what is none, and for Go's zero time, which means that nobody said. Offsets with and without a colon are taken.
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function toUtc(text: string): string | null {
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour = '0', offsetMinute = '0'] =
    pattern.exec(text) ?? [];
  if (year === undefined || year === '0000' || year === '0001') return null;
  const numbers = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = numbers;
  if (h > 23 || mi > 59 || s > 60 || Number(offsetHour) > 23 || Number(offsetMinute) > 59) return null;
  const at = new Date(0);
  at.setUTCFullYear(y, mo - 1, d);
  // The 31st of a month that has thirty days is another day, so it is no date at all.
  if (at.getUTCMonth() !== mo - 1 || at.getUTCDate() !== d) return null;
  const offsetMinutes = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -1 : 1);
  at.setUTCHours(h, mi - offsetMinutes, s);
  const [whole = ''] = at.toISOString().split('.');
  if (whole.length !== 'yyyy-mm-ddThh:mm:ss'.length) return null; // An offset that leads beyond the years there are.
  const digits = fraction.slice(0, 9).replace(/0+$/, '');
  return `${whole}${digits === '' ? '' : `.${digits}`}Z`;
}
