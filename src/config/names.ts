/** What upstreams, routes and policies may be called. */

export const nameExpected =
  "a name of letters, digits, `.`, `_` and `-` that is not one of JavaScript's own, such as constructor";

const form = /^\w[\w.-]*$/;
const ownNames = [...Object.getOwnPropertyNames(Object.prototype), "prototype"];

/** As JSON Schema. */
export const nameForm = { type: "string", pattern: form.source, not: { enum: ownNames } };

/** Names that every object has are nobody's: whoever looks one up in an object finds what is not the user's. */
export function isName(value: string): boolean {
  return form.test(value) && !ownNames.includes(value);
}
