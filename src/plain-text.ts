/** Text from outside, as a terminal or a viewer of logs shows it and nothing more. */

/**
 * What moves a cursor, changes a terminal or the order of what is read, or ends a line for somebody: C0, DEL and C1 (of which U+009B begins
 * sequences as ESC does), line and paragraph separators, and the controls of direction (Unicode Standard Annex 9, section 2). A tab is
 * none of them.
 */
const others = "\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069";
const inText = new RegExp(`[\\n${others}]`, "g");
const inLines = new RegExp(`[${others}]`, "g");

/** Each such character as `\u009b`: what was there can be read, and nothing happens. In JSON it stands for the same as before. */
export function plainText(text: string): string {
  return text.replace(inText, escaped);
}

/** The same of a text that has lines of its own: they stay. */
export function plainLines(text: string): string {
  return text.replace(inLines, escaped);
}

/** The same with one character for each, for what has to stay where it is. */
export function plainColumns(line: string): string {
  return line.replace(inText, "\u{FFFD}");
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
