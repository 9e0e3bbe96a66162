// Writes src/engine/prelude/web/url/idna-classes.ts: what of Unicode's data for IDNA the engine's own tables do not say.
//
//   node scripts/build-idna-classes.mjs
//
// For a new version of Unicode: update `tr46`, which has the data in full, then QuickJS, and run this.
// test/web-apis/idna.test.ts compares the two for every code point there is.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

/** @type {(file: string) => unknown} */
const load = createRequire(import.meta.url);
/** @type {<T>(file: string) => T} */
const fromTr46 = (file) => /** @type {never} */ (load(`tr46/lib/${file}`));
/** @type {[range: number | [number, number], status: number, mapping?: string][]} */
const table = fromTr46("mappingTable.json");
/** @type {Record<"validZWNJ" | "combiningClassVirama" | "bidiS1LTR" | "bidiS1RTL" | "bidiS3" | "bidiS4EN" | "bidiS4AN", RegExp>} */
const regexes = fromTr46("regexes.js");
/** @type {{ STATUS_MAPPING: { mapped: number, disallowed: number, ignored: number } }} */
const { STATUS_MAPPING } = fromTr46("statusMapping.js");
const { mapped: MAPPED, disallowed: DISALLOWED, ignored: IGNORED } = STATUS_MAPPING;

const CODES = 0x110000;
const statuses = new Uint8Array(CODES);
/** @type {Map<number, string>} */
const mappings = new Map();
for (const [range, status, mapping] of table) {
  const [from, to] = Array.isArray(range) ? range : [range, range];
  statuses.fill(status, from, to + 1);
  if (mapping !== undefined && status === MAPPED) {
    for (let code = from; code <= to; code++) {
      mappings.set(code, mapping);
    }
  }
}

/** As src/engine/prelude/web/url/domain-to-ascii.ts has them. */
const lowered = (/** @type {string} */ char) => char.normalize("NFKC").toLowerCase().normalize("NFKC");
const folded = (/** @type {string} */ char) => char.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
const isCherokee = (/** @type {number} */ code) =>
  (code >= 0x13a0 && code <= 0x13fd) || (code >= 0xab70 && code <= 0xabbf);
const isAssigned = (/** @type {string} */ char) => !/^[\p{Cn}\p{Co}\p{Cs}\p{Cc}]$/u.test(char);

/** The classes of the one regular expression in tr46 for the rule about U+200C: joining types L and D, T, T, R and D. */
const [joinsLeft, transparent, , joinsRight] = /** @type {[RegExp, RegExp, RegExp, RegExp]} */ (
  Array.from(String(regexes.validZWNJ).matchAll(/\[[^\]]*\]/g), ([text]) => new RegExp(text, "u"))
);
const rightToLeft = (/** @type {string} */ char) => regexes.bidiS1RTL.test(char);
const leftToRight = (/** @type {string} */ char) => regexes.bidiS1LTR.test(char);
const european = (/** @type {string} */ char) => regexes.bidiS4EN.test(char);
const arabic = (/** @type {string} */ char) => regexes.bidiS4AN.test(char);
/** A label may end with it without its being looked at. */
const nonspacing = (/** @type {string} */ char) =>
  regexes.bidiS3.test(`\u05d0${char}`) && !rightToLeft(char) && !european(char) && !arabic(char);

const neutral = (/** @type {string} */ char) =>
  ![rightToLeft, leftToRight, european, arabic, nonspacing].some((is) => is(char));

const valid = (/** @type {number} */ code) => ![MAPPED, DISALLOWED, IGNORED].includes(statuses[code] ?? DISALLOWED);

/** @type {[name: string, comment: string, holds: (char: string, code: number) => boolean, matters: (code: number) => boolean][]} */
const classes = [
  ["ignored", "Left out.", (_char, code) => statuses[code] === IGNORED, () => true],
  [
    "disallowed",
    "Disallowed besides what is unassigned, private, a surrogate or a control.",
    (_char, code) => statuses[code] === DISALLOWED,
    (code) => isAssigned(String.fromCodePoint(code)),
  ],
  [
    "folded",
    "Mapped by case folding, not by lower case.",
    (char, code) => mappings.get(code) === folded(char) && mappings.get(code) !== lowered(char),
    (code) =>
      !isCherokee(code) &&
      (valid(code) ||
        (statuses[code] === MAPPED && lowered(String.fromCodePoint(code)) !== folded(String.fromCodePoint(code)))),
  ],
  ["joinsLeft", "Joining types L and D.", (char) => joinsLeft.test(char), valid],
  ["joinsRight", "Joining types R and D.", (char) => joinsRight.test(char), valid],
  [
    "transparent",
    "Joining type T, besides nonspacing and enclosing marks and format characters.",
    (char) => transparent.test(char),
    (code) => valid(code) && !/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(String.fromCodePoint(code)),
  ],
  ["virama", "Canonical combining class Virama.", (char) => regexes.combiningClassVirama.test(char), valid],
  ["rightToLeft", "Bidirectional classes R and AL.", rightToLeft, valid],
  ["neutral", "Bidirectional classes ES, CS, ET, ON and BN.", neutral, valid],
  ["european", "Bidirectional class EN.", european, valid],
  ["arabic", "Bidirectional class AN.", arabic, valid],
  [
    "spacing",
    "Nonspacing and enclosing marks that are not of the bidirectional class NSM, which all others are.",
    (char) => !nonspacing(char),
    (code) => valid(code) && /^[\p{Mn}\p{Me}]$/u.test(String.fromCodePoint(code)),
  ],
];

/** A regular expression's class, with as few ranges as the code points that do not matter allow. */
function classText(/** @type {(typeof classes)[number][2]} */ holds, /** @type {(code: number) => boolean} */ matters) {
  let text = "";
  let from = -1;
  let last = -1;
  const end = () => {
    if (from !== -1) {
      text += escaped(from) + (last === from ? "" : `${last === from + 1 ? "" : "-"}${escaped(last)}`);
      from = -1;
    }
  };
  for (let code = 0x80; code < CODES; code++) {
    if ((code >= 0xd800 && code <= 0xdfff) || !matters(code)) {
      continue;
    }
    if (!holds(String.fromCodePoint(code), code)) {
      end();
    } else {
      from = from === -1 ? code : from;
      last = code;
    }
  }
  end();
  return text;
}

function escaped(/** @type {number} */ code) {
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

const texts = classes.map(([name, comment, holds, matters]) => [name, comment, classText(holds, matters)]);
for (const [name, , text = ""] of texts) {
  console.log(name, text.length);
}
writeFileSync(
  new URL("../src/engine/prelude/web/url/idna-classes.ts", import.meta.url),
  `/** Written by scripts/build-idna-classes.mjs: what of Unicode's data for IDNA the engine's own tables do not say. */

${texts.map(([name, comment, text]) => `/** ${comment} */\nexport const ${name} = "${text}";`).join("\n")}
`,
);
