import { AppError, Secret } from '@soupcon/model';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is not set is given as nothing: compose files write `${NAME:-}`. */
const emptyAsAbsent = (value: unknown) => (value === '' ? undefined : value);
const optional = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(emptyAsAbsent, schema.optional());
const withDefault = <Schema extends z.ZodType>(schema: Schema, value: string) =>
  z.preprocess((given) => emptyAsAbsent(given) ?? value, schema);

const portNumber = z
  .string()
  .regex(/^\d{1,5}$/, 'is not a port')
  .transform(Number)
  .pipe(z.int().max(65_535));
const perMinute = z
  .string()
  .regex(/^\d{1,9}$/, 'is not a number')
  .transform(Number)
  .pipe(z.int().min(1));
const httpUrl = z.url({ protocol: /^https?$/, error: 'is not an http or https URL' });
const isKey = (text: string) => Buffer.from(text, 'base64').length === 32;

/** The environment of the api, by variable. What the worker reads beside it is the worker's own. */
export const apiEnvironment = z.object({
  SOUPCON_HOST: withDefault(z.string(), '127.0.0.1').describe('Address to listen at; 0.0.0.0 in a container.'),
  SOUPCON_PORT: withDefault(portNumber, '8080').describe('Port to listen at; 0 is any that is free.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'is not a postgres:// URL' })
    .describe('The owner of the database.'),
  REDIS_URL: optional(z.url({ protocol: /^rediss?$/, error: 'is not a redis:// URL' })).describe(
    'The queue of the workers; on Postgres without it.',
  ),
  SOUPCON_SECRET_KEY: optional(z.string().refine(isKey, 'is not 32 bytes in base64')).describe(
    'Seals the credentials of registries.',
  ),
  SOUPCON_PUBLIC_URL: optional(httpUrl).describe('Where registries and people reach this server.'),
  SOUPCON_LOG_LEVEL: withDefault(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
  SOUPCON_RATE_LIMIT: withDefault(perMinute, '3000').describe('Requests a minute of one API key, or of one address.'),
  SOUPCON_HOOK_RATE_LIMIT: withDefault(perMinute, '60000').describe('Deliveries a minute of one registry.'),
});

/** The settings of the api. */
export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  /** 32 bytes as base64. */
  readonly secretKey: Secret | null;
  /** Without a slash at the end. */
  readonly publicUrl: string | null;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Requests a minute. */
  readonly rateLimit: { readonly api: number; readonly hooks: number };
}

/** @throws {AppError} `config_invalid` with every fault there is; values are not repeated: they may be secret. */
export function readApiConfig(environment: Environment): ApiConfig {
  const parsed = apiEnvironment.safeParse(environment);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => {
      const name = path.map(String).join('.');
      return environment[name] === undefined ? `${name} is not set` : `${name} ${message}`;
    });
    throw new AppError('config_invalid', { subject: faults.join('; ') });
  }
  const { data } = parsed;
  return {
    host: data.SOUPCON_HOST,
    port: data.SOUPCON_PORT,
    databaseUrl: data.DATABASE_URL,
    redisUrl: data.REDIS_URL ?? null,
    secretKey: data.SOUPCON_SECRET_KEY === undefined ? null : new Secret(data.SOUPCON_SECRET_KEY),
    publicUrl: data.SOUPCON_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    logLevel: data.SOUPCON_LOG_LEVEL,
    rateLimit: { api: data.SOUPCON_RATE_LIMIT, hooks: data.SOUPCON_HOOK_RATE_LIMIT },
  };
}
