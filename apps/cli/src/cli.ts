import { AppError } from '@soupcon/model';
import { parseCommand } from './args.ts';
import { type Environment, isDebug, readConfig } from './config.ts';
import { exitStatus } from './exit-status.ts';
import { createLogger, type Io, sayError } from './io.ts';
import { isClosedPipe, writeText } from './output.ts';
import { toolVersion } from './tool-version.ts';

/** Runs one command. @returns the status for the process to end with; never throws. */
export async function run(
  words: readonly string[],
  { io, signal, environment }: { io: Io; signal: AbortSignal; environment: Environment },
): Promise<number> {
  try {
    return await runCommand(words, { io, signal, environment });
  } catch (error) {
    // Whoever read us has enough: that is not a fault.
    if (isClosedPipe(error)) return exitStatus.done;
    if (signal.aborted) {
      io.say('stopped');
      return exitStatus.interrupted;
    }
    sayError(error, io, { debug: isDebug(environment) });
    return statusOf(error);
  }
}

async function runCommand(
  words: readonly string[],
  { io, signal, environment }: { io: Io; signal: AbortSignal; environment: Environment },
): Promise<number> {
  const command = parseCommand(words);
  switch (command.command) {
    case 'help': {
      const [{ helpText }, { schemes }] = await Promise.all([import('./help.ts'), loadVersions()]);
      const ids = schemes.map(({ id }) => id);
      await writeText(io.stdout, helpText(command.topic, ids));
      return exitStatus.done;
    }
    case 'version':
      await writeText(io.stdout, `soupcon ${toolVersion}\n`);
      return exitStatus.done;
    case 'versions compare': {
      const [{ compareLines }, { schemeById }] = await Promise.all([import('./versions.ts'), loadVersions()]);
      const scheme = schemeById(command.scheme);
      await compareLines(io.stdin, io.stdout, (a, b) => scheme.compare(a, b));
      return exitStatus.done;
    }
    case 'scan': {
      const config = readConfig(environment);
      // What reads images and talks to registries is loaded for this command alone.
      const [{ scan }, { createSteps }] = await Promise.all([import('./scan.ts'), import('./steps.ts')]);
      const logger = createLogger(io, command.options);
      const steps = createSteps({ config, options: command.options, logger, io, environment });
      try {
        return await scan(command.options, { config, steps, io, signal });
      } finally {
        await steps.close();
      }
    }
    case 'serve':
    case 'api':
    case 'worker':
      return (await import('./server/serve.ts')).serve(command, { io, signal, environment });
    case 'advisories import':
    case 'advisories sync':
      return (await import('./server/advisories.ts')).bringAdvisories(command, { io, signal, environment });
    case 'advisories status':
      return (await import('./server/advisories.ts')).showAdvisories(command, { io, signal, environment });
    case 'keys create':
      return (await import('./server/keys.ts')).createKey(command, { io, signal, environment });
    case 'registries connect':
      return (await import('./server/registries.ts')).connect(command, { io, signal, environment });
    case 'repos enable':
      return (await import('./server/repos.ts')).enableRepository(command, { io, signal, environment });
    case 'demo':
      return (await import('./demo/demo.ts')).demo(command, { io, signal, environment });
  }
}

/** Loaded only where versions are compared or named: npm's library of versions is a tenth of what a small scan takes. */
function loadVersions() {
  return import('@soupcon/versions');
}

/** What is wrong with the words, the settings or the scheme is the caller's to correct; all else ended the scan. */
function statusOf(error: unknown): number {
  const callers = ['usage', 'config_invalid', 'version_scheme_unknown'];
  return error instanceof AppError && callers.includes(error.code) ? exitStatus.usage : exitStatus.notScanned;
}
