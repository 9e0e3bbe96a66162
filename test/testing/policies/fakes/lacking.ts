/** Stands in for `sluice/upstream`, but for what policies import of it. */
export const other = 1;
