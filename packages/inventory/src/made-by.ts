import { catalogers } from './catalogers.ts';

/** Raise it when a layer's index changes its form; what was kept in another form is read anew. */
const indexForm = 1;
/** Raise it when the same indexes may be put together to another inventory. */
const foldVersion = 1;

/** What a layer's index is a function of beside its bytes: the versions of all that read it, in one line. */
export const indexMadeBy = [
  `index:${indexForm}`,
  ...catalogers.map(({ id, version }) => `${id}:${version}`).sort(),
].join(' ');

/** What an inventory is a function of beside the layers' bytes. */
export const inventoryMadeBy = `fold:${foldVersion} ${indexMadeBy}`;
