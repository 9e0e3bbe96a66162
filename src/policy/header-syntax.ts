/** What may be sent as a header: RFC 9110 sections 5.1 (names) and 5.5 (values). */
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Everything a field value may not hold: NUL, CR, LF, other controls but TAB, and chars that are not one byte.
const illegalInValue = /[^\t\x20-\x7e\x80-\xff]/;

// A policy has few names and uses them for every exchange, and an interpreter takes long for what is done to each. Bounded,
// since names may come from a request.
const mostNames = 256;
const knownNames = new Map<string, HeaderName>();
/** Longer values are not kept. */
const longestKept = 128;

/** A name that may be sent. */
interface HeaderName {
  readonly lower: string;
  /** The host writes headers of that name; a value of the policy's could only be wrong. */
  readonly framing: boolean;
  /** The value of that name that was found legal last: most are the same each time. */
  legal: string | undefined;
}

/** The name in lower case; throws `PSEUDO_HEADER` or `HEADER_NAME`. `call` is named in the message. */
export function checkedName(name: string, call: string): string {
  return (knownNames.get(name) ?? checkName(name, call)).lower;
}

/** Adds name and value to a list, unless the host writes headers of that name; throws as `checkedName` and `checkedValue`. */
export function addChecked(list: HeaderList, name: string, value: string, call: string): void {
  const known = knownNames.get(name) ?? checkName(name, call);
  if (known.framing) {
    return;
  }
  if (value !== known.legal) {
    checkedValue(value, known.lower, call);
    if (value.length <= longestKept) {
      known.legal = value;
    }
  }
  list.push(known.lower, value);
}

function checkName(name: string, call: string): HeaderName {
  if (typeof name === "string" && name.startsWith(":")) {
    throw new SluiceError(
      "PSEUDO_HEADER",
      `${call}("${name}"): pseudo-headers cannot be changed or removed as headers; ` +
        "assign to the state's method, authority, path or status instead.",
    );
  }
  if (typeof name !== "string" || !token.test(name)) {
    throw new SluiceError("HEADER_NAME", `${call}(${show(name)}): expected a header name (RFC 9110 token).`);
  }
  const lower = name.toLowerCase();
  const framing = lower === "content-length" || lower === "transfer-encoding" || lower === "connection";
  const checked = { lower, framing, legal: undefined };
  if (knownNames.size < mostNames) {
    knownNames.set(name, checked);
  }
  return checked;
}

/** The value; throws `HEADER_VALUE` without quoting it, since it may be a secret. */
export function checkedValue(value: string, name: string, call: string): string {
  if (typeof value !== "string") {
    throw new SluiceError("HEADER_VALUE", `${call}("${name}"): expected a string, got ${typeof value}.`);
  }
  if (illegalInValue.test(value)) {
    const at = value.search(illegalInValue);
    const code = value.charCodeAt(at);
    const hint = code > 0xff ? "header values are bytes: use utf8ToByteString(text)" : "remove control characters";
    throw new SluiceError(
      "HEADER_VALUE",
      `${call}("${name}"): character ${at} of the value is U+${code.toString(16).toUpperCase().padStart(4, "0")}; ${hint}.`,
    );
  }
  return value;
}

// What would end a request line or its parts early (RFC 9112 section 3), or leave them empty.
const pathSyntax = /^(?:\/[\x21-\x7e\x80-\xff]*|\*)$/;
const authoritySyntax = /^[\x21\x22\x24-\x2e\x30-\x3e\x41-\x7e]+$/;

/** A request's method, whose case counts (RFC 9110 section 9.1); throws `HEADER_VALUE`. */
export function checkedMethod(method: string, call: string): string {
  if (method === "CONNECT") {
    throw new SluiceError("HEADER_VALUE", `${call}: CONNECT asks for a tunnel, which a request cannot become.`);
  }
  return checkedPart(method, token, "a method, e.g. GET", call);
}

/** Path and query; throws `HEADER_VALUE` without quoting them, since queries may hold secrets. */
export function checkedPath(path: string, call: string): string {
  return checkedPart(path, pathSyntax, "a path that begins with / and has neither spaces nor control characters", call);
}

/** Host and port; throws `HEADER_VALUE`. */
export function checkedAuthority(authority: string, call: string): string {
  return checkedPart(authority, authoritySyntax, "host and port, e.g. example.com:8080", call);
}

function checkedPart(value: string, syntax: RegExp, expected: string, call: string): string {
  if (typeof value !== "string" || !syntax.test(value)) {
    throw new SluiceError("HEADER_VALUE", `${call}: expected ${expected}.`);
  }
  return value;
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}
