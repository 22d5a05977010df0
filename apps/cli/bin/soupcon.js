#!/usr/bin/env node
// Committed so that npm can link the command at install, before anything is built.
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  process.stderr.write('soupcon: not built yet. Run `npm run build` first.\n');
  process.exitCode = 2;
}
