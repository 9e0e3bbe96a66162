/** Cases that an engine is known not to pass, and why: engine, file, case. The suite fails for an entry that names nothing. */
export const skips: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {};
