// `table` and `cyclonedx` have doors of their own: a scan loads the one it shows.
export { renderJson } from './json.ts';
export type { Label, LabelAdvisories, LabelDistro, LabelImage, LabelPackage } from './label.ts';
export { buildLabel, matchedPackages } from './label.ts';
export { printable } from './text.ts';
