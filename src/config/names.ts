/** What upstreams, routes and policies may be called. */

export const nameExpected =
  "a name of letters, digits, `.`, `_` and `-` that is not one of JavaScript's own, such as constructor";

/** Names that every object has are nobody's: whoever looks one up in an object finds what is not the user's. */
export function isName(value: string): boolean {
  return /^\w[\w.-]*$/.test(value) && !(value in Object.prototype) && value !== "prototype";
}
