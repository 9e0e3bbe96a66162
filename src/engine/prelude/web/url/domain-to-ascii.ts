/**
 * "Domain to ASCII" of the URL standard, section 3.3: UTS #46's ToASCII with CheckBidi and CheckJoiners, without CheckHyphens,
 * VerifyDnsLength, Transitional_Processing and UseSTD3ASCIIRules. Most of its data follows from what the engine knows of Unicode
 * anyway; idna-classes.ts has the rest.
 */
import * as classes from "./idna-classes.js";
import { decodePunycode, encodePunycode } from "./punycode.js";

const nonAscii = /[^\0-\x7f]/;
const cherokee = /[\u13a0-\u13fd\uab70-\uabbf]/;

/** Compiled when the first host name beyond ASCII comes: they would be half of what a module carries for `URL`. */
let compiled: ReturnType<typeof compile> | undefined;
const patterns = (): ReturnType<typeof compile> => (compiled ??= compile());

function compile() {
  const marks = "\\p{Mn}\\p{Me}";
  const transparent = `(?:(?![\u200c\u200d])[${marks}\\p{Cf}${classes.transparent}])*`;
  const pattern = (text: string): RegExp => new RegExp(text, "u");
  return {
    ignored: pattern(`[${classes.ignored}]`),
    disallowed: pattern(`[\\p{Cn}\\p{Co}\\p{Cs}\\x80-\\x9f${classes.disallowed}]`),
    folded: pattern(`[${classes.folded}]`),
    markFirst: pattern("^\\p{M}"),
    virama: pattern(`[${classes.virama}]`),
    rightToLeft: pattern(`[${classes.rightToLeft}]`),
    rightToLeftOrArabic: pattern(`[${classes.rightToLeft}${classes.arabic}]`),
    european: pattern(`[0-9${classes.european}]`),
    arabic: pattern(`[${classes.arabic}]`),
    neutral: pattern(`[\\0-/:-@[-\`{-\\x7f${classes.neutral}]`),
    nonspacing: pattern(`(?![${classes.spacing}])[${marks}]`),
    /** RFC 5892, appendix A.1, where no virama precedes: what stands before and after U+200C. */
    joinsBefore: pattern(`[${classes.joinsLeft}]${transparent}$`),
    joinsAfter: pattern(`^${transparent}[${classes.joinsRight}]`),
  };
}

/** undefined: there is no such host name. */
export function domainToAscii(domain: string): string | undefined {
  const lower = domain.toLowerCase();
  if (!nonAscii.test(domain) && !/(?:^|\.)xn--/.test(lower)) {
    return lower;
  }
  const labels: string[] = [];
  for (const label of Array.from(domain, mapped).join("").normalize("NFC").split(".")) {
    const decoded = label.startsWith("xn--") ? decodedLabel(label) : label;
    if (decoded === undefined || !isValidLabel(decoded)) {
      return undefined;
    }
    labels.push(decoded);
  }
  if (labels.some((label) => patterns().rightToLeftOrArabic.test(label)) && !labels.every(followsBidiRule)) {
    return undefined;
  }
  return labels.map((label) => (nonAscii.test(label) ? `xn--${encodePunycode(label)}` : label)).join(".");
}

/** What a character becomes; itself, where it is not allowed. */
function mapped(char: string): string {
  if (char <= "\x7f") {
    return char.toLowerCase();
  }
  if (patterns().ignored.test(char)) {
    return "";
  }
  if (char === "\u3002" || char === "\uff61") {
    return ".";
  }
  if (patterns().disallowed.test(char)) {
    return char;
  }
  if (cherokee.test(char)) {
    return upperCherokee(char);
  }
  const upper = patterns().folded.test(char) ? char.normalize("NFKC").toUpperCase() : char.normalize("NFKC");
  return upper.toLowerCase().normalize("NFKC");
}

/** Its small letters came later than its capital ones, which for that are what letters fold to. */
function upperCherokee(char: string): string {
  const code = char.charCodeAt(0);
  return String.fromCharCode(code >= 0xab70 ? code - 0xab70 + 0x13a0 : code >= 0x13f8 ? code - 8 : code);
}

function decodedLabel(label: string): string | undefined {
  const decoded = nonAscii.test(label) ? undefined : decodePunycode(label.slice("xn--".length));
  return decoded === undefined || !nonAscii.test(decoded) ? undefined : decoded;
}

/** UTS #46, section 4.1, without the rule about bidirectional text. */
function isValidLabel(label: string): boolean {
  return (
    !label.startsWith("xn--") &&
    label.normalize("NFC") === label &&
    !patterns().markFirst.test(label) &&
    Array.from(label).every(isValid) &&
    hasValidJoiners(label)
  );
}

function isValid(char: string): boolean {
  return char <= "\x7f"
    ? char !== "." && !/[A-Z]/.test(char)
    : !patterns().disallowed.test(char) && mapped(char) === char;
}

/** RFC 5892, appendices A.1 and A.2. */
function hasValidJoiners(label: string): boolean {
  for (const { index, 0: joiner } of label.matchAll(/[\u200c\u200d]/g)) {
    const before = label.slice(0, index);
    const last = Array.from(before.slice(-2)).at(-1);
    if (last !== undefined && patterns().virama.test(last)) {
      continue;
    }
    if (
      joiner === "\u200d" ||
      !patterns().joinsBefore.test(before) ||
      !patterns().joinsAfter.test(label.slice(index + 1))
    ) {
      return false;
    }
  }
  return true;
}

/** RFC 5893, section 2. */
function followsBidiRule(label: string): boolean {
  const chars = Array.from(label);
  const first = chars[0];
  if (first === undefined) {
    return true;
  }
  const isRightToLeft = patterns().rightToLeft.test(first);
  if (!isRightToLeft && !isLeftToRight(first)) {
    return false;
  }
  let last = chars.length - 1;
  while (isNonspacing(chars[last]!)) {
    last--;
  }
  const end = chars[last]!;
  return isRightToLeft
    ? !chars.some(isLeftToRight) &&
        (patterns().rightToLeftOrArabic.test(end) || patterns().european.test(end)) &&
        !(chars.some((char) => patterns().european.test(char)) && chars.some((char) => patterns().arabic.test(char)))
    : !chars.some((char) => patterns().rightToLeftOrArabic.test(char)) &&
        (isLeftToRight(end) || patterns().european.test(end));
}

function isNonspacing(char: string): boolean {
  return patterns().nonspacing.test(char);
}

/** All that are in no other class. */
function isLeftToRight(char: string): boolean {
  return !(
    patterns().rightToLeftOrArabic.test(char) ||
    patterns().european.test(char) ||
    patterns().neutral.test(char) ||
    isNonspacing(char)
  );
}
