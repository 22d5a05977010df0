export { zipOf } from './zip.ts';
