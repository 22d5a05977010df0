import type { Label } from './label.ts';

/** The label as text: two spaces of indent, a newline at the end; the same label gives the same bytes. */
export function renderJson(label: Label): string {
  return `${JSON.stringify(label, null, 2)}\n`;
}
