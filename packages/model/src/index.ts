export type {
  Advisory,
  AdvisoryHit,
  AdvisoryIndex,
  AdvisorySnapshot,
  AffectedInterval,
  AffectedPackage,
  AffectedRange,
  SeverityScore,
  Unmatched,
} from './advisory.ts';
export { ecosystemBase } from './advisory.ts';
export type { Digest } from './digest.ts';
export { digestFromHex, digestOf, isDigest, parseDigest } from './digest.ts';
export type { ErrorCode, TransferredError } from './errors.ts';
export { AppError, errorTable } from './errors.ts';
export type { Evidence, Finding, FixState, PackageFinding, Rating, Severity } from './finding.ts';
export { severities } from './finding.ts';
export type {
  Descriptor,
  HistoryEntry,
  ImageConfig,
  ImageLayer,
  ImageSource,
  LayerContent,
  ResolvedImage,
} from './image.ts';
export type { OrderTo } from './intervals.ts';
export { intervalHolds } from './intervals.ts';
export type { Logger } from './logger.ts';
export { silentLogger } from './logger.ts';
export { normaliseName, rangeScheme } from './names.ts';
export { byKeys, compareText } from './order.ts';
export type {
  Completeness,
  Distro,
  Inventory,
  InventoryLayer,
  Location,
  MatchContext,
  Package,
  PackageIdentity,
  RemovedPackage,
} from './package.ts';
export type { Platform } from './platform.ts';
export { formatPlatform, hostArchitecture, parsePlatform } from './platform.ts';
export type { Problem, ProblemCode } from './problems.ts';
export { problem, problemTable } from './problems.ts';
export type { Purl } from './purl.ts';
export { formatPurl, parsePurl } from './purl.ts';
export type { ScanCause, ScanProgress, ScanState } from './scan.ts';
export { scanCauses, scanStates } from './scan.ts';
export { Secret } from './secret.ts';
