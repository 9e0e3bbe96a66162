/** Punycode, RFC 3492. */

const BASE = 36;
const MIN = 1;
const MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_CODE = 0x80;
const INITIAL_CHAR = "\x80";
const LARGEST = 0x7fffffff;
const digits = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A label as ASCII, without the prefix `xn--`. */
export function encodePunycode(label: string): string {
  const codes = Array.from(label, (char) => char.codePointAt(0)!);
  const basic = Array.from(label).filter((char) => char < INITIAL_CHAR);
  let output = basic.length === 0 ? "" : `${basic.join("")}-`;
  let done = basic.length;
  let code = INITIAL_CODE;
  let delta = 0;
  let bias = INITIAL_BIAS;
  for (const next of [...new Set(codes)].filter((one) => one >= INITIAL_CODE).sort((a, b) => a - b)) {
    delta += (next - code) * (done + 1);
    code = next;
    for (const one of codes) {
      if (one < code) {
        delta++;
      } else if (one === code) {
        output += variableLength(delta, bias);
        bias = adapt(delta, done + 1, done === basic.length);
        delta = 0;
        done++;
      }
    }
    delta++;
    code++;
  }
  return output;
}

/** The label that has been encoded; undefined: it is no Punycode. */
export function decodePunycode(text: string): string | undefined {
  const delimiter = text.lastIndexOf("-");
  const output = Array.from(text.slice(0, Math.max(delimiter, 0)), (char) => char.charCodeAt(0));
  let code = INITIAL_CODE;
  let place = 0;
  let bias = INITIAL_BIAS;
  for (let index = delimiter > 0 ? delimiter + 1 : 0; index < text.length; ) {
    const before = place;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = index < text.length ? digits.indexOf(text[index++]!.toLowerCase()) : -1;
      if (digit === -1) {
        return undefined;
      }
      place += digit * weight;
      if (place > LARGEST) {
        return undefined;
      }
      const threshold = thresholdAt(k, bias);
      if (digit < threshold) {
        break;
      }
      weight *= BASE - threshold;
    }
    const length = output.length + 1;
    bias = adapt(place - before, length, before === 0);
    code += Math.floor(place / length);
    place %= length;
    if (code > 0x10ffff) {
      return undefined;
    }
    output.splice(place++, 0, code);
  }
  return output.map((one) => String.fromCodePoint(one)).join("");
}

function variableLength(value: number, bias: number): string {
  let text = "";
  for (let k = BASE; ; k += BASE) {
    const threshold = thresholdAt(k, bias);
    if (value < threshold) {
      return text + digits[value]!;
    }
    text += digits[threshold + ((value - threshold) % (BASE - threshold))]!;
    value = Math.floor((value - threshold) / (BASE - threshold));
  }
}

function thresholdAt(k: number, bias: number): number {
  return Math.min(Math.max(k - bias, MIN), MAX);
}

function adapt(delta: number, length: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? DAMP : 2));
  rest += Math.floor(rest / length);
  let k = 0;
  for (; rest > ((BASE - MIN) * MAX) / 2; k += BASE) {
    rest = Math.floor(rest / (BASE - MIN));
  }
  return k + Math.floor(((BASE - MIN + 1) * rest) / (rest + SKEW));
}
