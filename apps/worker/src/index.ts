export type { MatchChange } from './match/match-stored.ts';
export { matchStored } from './match/match-stored.ts';
export { namesOf } from './match/names.ts';
export { rematchStale } from './match/rematch-stale.ts';
