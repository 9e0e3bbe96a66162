/** Edits of a header map, in the order in which they were made. */

export const EditKind = { Set: 0, Append: 1, Delete: 2 } as const;
export type EditKind = (typeof EditKind)[keyof typeof EditKind];

/** Flat: kind, name, value (empty where it is a deletion), kind, name, value … */
export type HeaderEdits = (EditKind | string)[];
