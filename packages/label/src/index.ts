export { renderCycloneDx } from './cyclonedx.ts';
export { renderJson } from './json.ts';
export type { Label, LabelAdvisories, LabelDistro, LabelImage, LabelPackage } from './label.ts';
export { buildLabel, matchedPackages } from './label.ts';
export type { TableOptions } from './table.ts';
export { renderTable } from './table.ts';
export { printable } from './text.ts';
