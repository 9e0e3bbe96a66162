/** Text from outside, as a line that a terminal or a viewer of logs shows as it is. */

/**
 * What moves a cursor, changes a terminal or the order of what is read, or ends a line for somebody: C0, DEL and C1 (of which U+009B begins
 * sequences as ESC does), line and paragraph separators, and marks, embeddings, overrides and isolates of direction (Unicode
 * Technical Report 36, section 3.4). A tab is none of them.
 */
export const controlCharacters =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\0-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
// eslint-disable-next-line no-control-regex -- they are what is looked for
const suspicious = /[\0-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** Each such character as `\u009b`: what was there can be read, and nothing happens. */
export function plainText(text: string): string {
  return suspicious.test(text) ? text.replace(controlCharacters, escaped) : text;
}

/** The same of a text that has lines: those stay. */
export function plainLines(text: string): string {
  return suspicious.test(text) ? text.split("\n").map(plainText).join("\n") : text;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
