import { AppError, Secret } from '@soupcon/model';
import { z } from 'zod';
import { defaultJobSettings, type JobSettings } from './jobs/settings.ts';

/** What the environment tells a worker. */
export interface WorkerConfig {
  readonly databaseUrl: string;
  /** Null: jobs are kept in Postgres. */
  readonly redisUrl: string | null;
  readonly jobs: JobSettings;
  /** 32 bytes in base64; null: connections with credentials are refused. */
  readonly secretKey: Secret | null;
  /** URL or directory, laid out as the public OSV bucket; null is that bucket. */
  readonly advisories: string | null;
  readonly logLevel: (typeof logLevels)[number];
  /** Null: metrics are not served. */
  readonly metricsPort: number | null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `is less than ${min}`).max(max, `is more than ${max}`));

const urlOf = (protocols: RegExp, kind: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.test(new URL(text).protocol), `is not ${kind}`);

const schema = z.object({
  DATABASE_URL: z
    .string('is missing')
    .pipe(urlOf(/^postgres(ql)?:$/, 'a URL such as postgres://user:password@host:5432/database')),
  REDIS_URL: urlOf(/^rediss?:$/, 'a URL such as redis://host:6379').optional(),
  SOUPCON_WORKER_CONCURRENCY: whole(1, 64).default(defaultJobSettings.concurrency),
  SOUPCON_QUEUE_WINDOW: whole(1, 10_000).optional(),
  SOUPCON_LEASE_MS: whole(1_000, 3_600_000).default(defaultJobSettings.leaseMs),
  SOUPCON_SCAN_DEADLINE_MS: whole(1_000, 86_400_000).default(defaultJobSettings.deadlineMs),
  SOUPCON_SECRET_KEY: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'is not 32 bytes in base64')
    .optional(),
  SOUPCON_ADVISORIES_URL: z
    .string()
    .refine((text) => !text.includes('://') || /^https?:/.test(text), 'is neither an http or https URL nor a directory')
    .optional(),
  SOUPCON_LOG_LEVEL: z.enum(logLevels, `is none of ${logLevels.join(', ')}`).default('info'),
  SOUPCON_METRICS_PORT: whole(1, 65_535).optional(),
});

/** The variables that {@link readWorkerConfig} knows. */
export const workerVariables: readonly string[] = Object.keys(schema.shape);

/**
 * An empty variable is none.
 * @throws {AppError} `config_invalid` with every fault there is; values are not shown, they may be secrets.
 */
export function readWorkerConfig(environment: Environment): WorkerConfig {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const { data, error } = schema.safeParse(given);
  if (error !== undefined) {
    const faults = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new AppError('config_invalid', { subject: faults.join('; ') });
  }
  const concurrency = data.SOUPCON_WORKER_CONCURRENCY;
  return {
    databaseUrl: data.DATABASE_URL,
    redisUrl: data.REDIS_URL ?? null,
    jobs: {
      ...defaultJobSettings,
      concurrency,
      window: data.SOUPCON_QUEUE_WINDOW ?? 4 * concurrency,
      leaseMs: data.SOUPCON_LEASE_MS,
      deadlineMs: data.SOUPCON_SCAN_DEADLINE_MS,
    },
    secretKey: data.SOUPCON_SECRET_KEY === undefined ? null : new Secret(data.SOUPCON_SECRET_KEY),
    advisories: data.SOUPCON_ADVISORIES_URL ?? null,
    logLevel: data.SOUPCON_LOG_LEVEL,
    metricsPort: data.SOUPCON_METRICS_PORT ?? null,
  };
}
