/** The encodings of texts that a policy can decode, on every engine: names and labels of the Encoding standard, section 4.2. */

import { trimmed } from "./trimmed.js";

export type Encoding = "utf-8" | LegacyEncoding;
export type LegacyEncoding = "utf-16le" | "utf-16be" | "windows-1252";

const labels: Readonly<Record<Encoding, string>> = {
  "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
  "utf-16le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
  "utf-16be": "unicodefffe utf-16be",
  "windows-1252":
    "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
};

const encodings: ReadonlyMap<string, Encoding> = new Map(
  (Object.keys(labels) as Encoding[]).flatMap((encoding) =>
    labels[encoding].split(" ").map((label) => [label, encoding] as const),
  ),
);

/** @throws RangeError for what is none of their labels */
export function encodingOf(label: string): Encoding {
  // Not `toLowerCase()` and `trim()`: they know more letters and more white space than the standard wants.
  const name = trimmed(label, (char) => "\t\n\f\r ".includes(char)).replace(/[A-Z]+/g, (letters) =>
    letters.toLowerCase(),
  );
  const encoding = encodings.get(name);
  if (encoding === undefined) {
    throw new RangeError(
      `TextDecoder: expected a label of ${Object.keys(labels).join(", ")}, got ${JSON.stringify(label.slice(0, 100))}.`,
    );
  }
  return encoding;
}
