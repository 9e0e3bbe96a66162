import { expect, it } from "vitest";
import { plainColumns, plainLines, plainText } from "./plain-text.js";

it.each([
  ["a sequence of ESC", "a\u001b[2Jb", "a\\u001b[2Jb"],
  ["CSI in one character", "a\u009b2Jb", "a\\u009b2Jb"],
  ["OSC in one character", "\u009d0;title\u009c", "\\u009d0;title\\u009c"],
  ["a line of its own", "a\r\n12:00 forged", "a\\u000d\\u000a12:00 forged"],
  ["next line", "a\u0085b", "a\\u0085b"],
  ["separators of lines and paragraphs", "\u2028\u2029", "\\u2028\\u2029"],
  ["NUL, backspace, DEL", "\0\b\x7f", "\\u0000\\u0008\\u007f"],
  ["overrides of direction", "\u202egpj.exe\u202c", "\\u202egpj.exe\\u202c"],
  ["isolates and marks", "\u2066\u2069\u200e\u200f\u061c", "\\u2066\\u2069\\u200e\\u200f\\u061c"],
])("%s is shown, and does nothing", (_what, text, shown) => {
  expect(plainText(text)).toBe(shown);
  expect(JSON.parse(`"${plainText(text)}"`)).toBe(text);
  expect(plainColumns(text)).toHaveLength(text.length);
});

it.each(["", "plain", "a\tb", "é ž “x” 日本 עברית العربية 👩‍👩‍👧 \u00a0", "\\u001b"])("%j stays as it is", (text) => {
  expect(plainText(text)).toBe(text);
});

it("a text may keep its lines", () => {
  expect(plainLines("a\n\u001bb\n")).toBe("a\n\\u001bb\n");
});
