import { AppError, type Descriptor } from '@soupcon/model';

/** The content at an index. Asking for a layer that there is not is a fault of the caller. */
export function contentAt<T>(contents: readonly T[], index: number): T {
  const content = contents[index];
  if (content === undefined) throw new RangeError(`There is no layer ${index}.`);
  return content;
}

export function wrongSize(name: string, { digest, size }: Descriptor, found: number): AppError {
  return new AppError('blob_size_mismatch', { subject: `${name}: ${digest} has ${found} bytes instead of ${size}` });
}
