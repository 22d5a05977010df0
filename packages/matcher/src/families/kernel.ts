import type { PackageIdentity } from '@soupcon/model';

/**
 * Header and documentation packages built from the kernel's source. Each matches thousands of the kernel's flaws, while
 * an image does not even run its kernel: they are shown, at the bottom.
 */
export function isKernelHeaders({ name, source }: PackageIdentity): boolean {
  return (
    /^linux(?:-|$)/.test(source?.name ?? name) &&
    /^linux-(?:libc-dev|headers|kbuild|doc|source|support)(?:-|$)/.test(name)
  );
}
