/**
 * An object of a class without its constructor, which would have to call its parent's: QuickJS takes as long for each of them
 * as for all the rest.
 */
export const bareObject = Object.create as <T extends object>(prototype: T) => T;
