import { AppError, type ErrorCode, errorTable } from '@soupcon/model';
import { z } from 'zod';

/** An error as it is answered. @see https://www.rfc-editor.org/rfc/rfc9457 */
export const problemSchema = z
  .object({
    type: z.string().describe('`urn:soupcon:error:` and the code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What it is about here.'),
    code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]),
    remedy: z.string().describe('What the reader can do.'),
    instance: z.string().describe('Id of the request, as in the log.'),
    fields: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('With `request_invalid`: each field that is not as it must be.'),
  })
  .meta({ id: 'Problem', title: 'Problem details (RFC 9457)' });

export type Problem = z.output<typeof problemSchema>;
export type InvalidField = NonNullable<Problem['fields']>[number];

/** What is told of an error to whoever made the request. Of faults on our side, only the table's own words. */
export function problemOf(error: AppError, requestId: string): Problem {
  const { status, message, remedy } = errorTable[error.code];
  const { fields } = error.detail as { readonly fields?: readonly InvalidField[] };
  return {
    type: `urn:soupcon:error:${error.code}`,
    title: message,
    status,
    detail: status >= 500 ? `${message}.` : error.message,
    code: error.code,
    remedy,
    instance: requestId,
    ...(fields === undefined ? {} : { fields: [...fields] }),
  };
}

export function invalid(fields: readonly InvalidField[]): AppError {
  const subject = fields.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new AppError('request_invalid', { subject: subject.slice(0, 1000), detail: { fields } });
}
