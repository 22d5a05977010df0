import type { Severity } from '@soupcon/model';
import { printable } from './text.ts';

/** What every part of the table is laid out to. */
export interface Layout {
  /** No line is wider. */
  readonly columns: number;
  readonly paint: Paint;
}

/** Colours for text that is already cut and padded: the sequences take no columns. */
export interface Paint {
  strong(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  severity(severity: Severity, text: string): string;
}

/** SGR codes of ECMA-48: 1 bold, 2 faint, 31 to 36 colours. */
const severityCodes: Readonly<Record<Severity, string>> = {
  critical: '1;31',
  high: '31',
  medium: '33',
  low: '36',
  negligible: '2',
  unknown: '35',
};

export function paints(color: boolean): Paint {
  const sgr = (code: string) => (text: string) => (color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    strong: sgr('1'),
    faint: sgr('2'),
    good: sgr('32'),
    warn: sgr('33'),
    severity: (severity, text) => sgr(severityCodes[severity])(text),
  };
}

/** An instruction as its author wrote it: without the shell and the marks that builders put around it. */
export function shortInstruction(instruction: string | null): string {
  if (instruction === null) return '';
  return printable(instruction)
    .replace(/^\/bin\/sh -c #\(nop\) +/, '')
    .replace(/^(?:RUN )?\/bin\/sh -c /, 'RUN ')
    .replace(/ # buildkit$/, '');
}
