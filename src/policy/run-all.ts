/**
 * Calling back those who wait for the same thing, who may be of many exchanges. An engine that ends code by force runs no `finally`:
 * who has not been called back then is not forgotten, but called back by `takeUnfinished`.
 */
type Callback = () => void;

/** The lists of which some have not been called yet; inner ones last. */
let unfinished: Callback[][] = [];

/** Calls all, and takes them out of the list. */
export function runAll(callbacks: Callback[]): void {
  if (callbacks.length > 1) {
    unfinished.push(callbacks);
  }
  let next: Callback | undefined;
  try {
    while ((next = callbacks.shift()) !== undefined) {
      next();
    }
  } catch (error) {
    callbacks.length = 0;
    throw error;
  } finally {
    if (unfinished.length > 0) {
      unfinished = unfinished.filter((list) => list.length > 0);
    }
  }
}

/** After code was ended by force: what calls those back who have not been; undefined where there is nobody. */
export function takeUnfinished(): Callback | undefined {
  const left = unfinished.flat();
  unfinished = [];
  return left.length === 0
    ? undefined
    : () => {
        runAll(left);
      };
}
