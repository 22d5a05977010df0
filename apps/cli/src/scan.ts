import { availableParallelism } from 'node:os';
import type { Writable } from 'node:stream';
import { type Label, renderJson } from '@soupcon/label';
import type { ScanOptions } from './args.ts';
import type { Config } from './config.ts';
import { judge } from './exit-status.ts';
import type { Io } from './io.ts';
import { checkWritable, isClosedPipe, writeFileWhole, writeText } from './output.ts';
import { type ScanSteps, scanImage } from './pipeline.ts';
import { createProgress } from './progress.ts';
import { toolVersion } from './tool-version.ts';

/** Each thread costs some 40 MiB, and two give nearly all of the speed: few images have more than two large layers. */
const threadsDefaultMax = 2;
const tableColumns = 80;
const tableColumnsMax = 120;

/**
 * Scans one image, writes its label and says with what status the process should end.
 * @throws {AppError} when there is no label, or when it cannot be written.
 */
export async function scan(
  options: ScanOptions,
  { config, steps, io, signal }: { config: Config; steps: ScanSteps; io: Io; signal: AbortSignal },
): Promise<0 | 1 | 4> {
  if (options.output !== null) await checkWritable(options.output);
  const progress = createProgress(io.stderr, options);
  try {
    const { label, warnings } = await scanImage(
      {
        image: options.image,
        platform: options.platform,
        advisories: options.advisories ?? config.advisories,
        threads: options.threads ?? Math.min(threadsDefaultMax, availableParallelism()),
        signal,
        onProgress: progress.report,
        onInventory: progress.clear,
      },
      steps,
    );
    const judgement = judge(label, options);
    const text = await render(label, options, { config, columns: io.stdoutColumns });
    if (options.output === null) await writeUnlessClosed(io.stdout, text);
    else await writeFileWhole(options.output, text);
    if (!options.quiet) for (const warning of [...warnings, ...judgement.warnings]) io.say(`warning: ${warning}`);
    for (const reason of judgement.reasons) io.say(reason);
    return judgement.status;
  } finally {
    progress.clear();
  }
}

/** Who reads only the beginning still gets the status of the whole. */
async function writeUnlessClosed(stream: Writable, text: string): Promise<void> {
  await writeText(stream, text).catch((error: unknown) => {
    if (!isClosedPipe(error)) throw error;
  });
}

/** What draws a format is loaded for that format alone. */
async function render(
  label: Label,
  { format, output, all }: ScanOptions,
  { config, columns }: { config: Config; columns: number | null },
): Promise<string> {
  if (format === 'json') return renderJson(label);
  if (format === 'cyclonedx') {
    const { renderCycloneDx } = await import('@soupcon/label/cyclonedx');
    return renderCycloneDx(label, { toolVersion });
  }
  const { renderTable } = await import('@soupcon/label/table');
  const onTerminal = output === null && columns !== null;
  const width = onTerminal ? Math.min(columns, tableColumnsMax) : tableColumns;
  return renderTable(label, { width, color: onTerminal && config.color, showNegligible: all });
}
