export { renderCycloneDx } from './cyclonedx.ts';
export { renderJson } from './json.ts';
export type { Label, LabelDistro, LabelImage, LabelPackage } from './label.ts';
export { buildLabel } from './label.ts';
export type { TableOptions } from './table.ts';
export { renderTable } from './table.ts';
export { printable } from './text.ts';
