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

/**
 * What delimits, routes or belongs to one connection (RFC 9110 sections 7.2, 7.6.1 and 8.6, RFC 9112 section 6): hosts write it, and
 * a value of a policy's would desynchronise the connection, so that a body is taken for the next message.
 */
const framingFields: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "proxy-connection",
]);

/** A name that may be sent. */
interface HeaderName {
  readonly lower: string;
  /** It is one of the `framingFields`. */
  readonly framing: boolean;
  /** The value of that name that was found legal last: most are the same each time. */
  legal: string;
}

/** The name in lower case; throws `PSEUDO_HEADER` or `HEADER_NAME`. `call` is named in the message. */
export function checkedName(name: string, call: string): string {
  return (knownNames.get(name) ?? checkName(name, call)).lower;
}

/**
 * The name in lower case, of a field that a policy may give this value; throws `HEADER_FRAMING`, and as `checkedName` and `checkedValue`.
 */
export function editableName(name: string, value: string, call: string): string {
  const known = knownNames.get(name) ?? checkName(name, call);
  if (known.framing) {
    throw new SluiceError("HEADER_FRAMING", `${call}("${known.lower}"): ${instead(known.lower)}.`);
  }
  if (value !== known.legal) {
    learnLegal(known, value, call);
  }
  return known.lower;
}

/** The name in lower case, of a field that a policy may remove; undefined for one that stays the host's, throws as `checkedName`. */
export function removableName(name: string, call: string): string | undefined {
  const known = knownNames.get(name) ?? checkName(name, call);
  return known.framing ? undefined : known.lower;
}

/**
 * Whether hosts write fields of that name, in any case, from what they know of connection and body (`content-length`, `connection`,
 * `host` …): a policy can neither set nor remove them. For names that come with a configuration, which can be refused then.
 */
export function isFramingField(name: string): boolean {
  return framingFields.has(name.toLowerCase());
}

function instead(name: string): string {
  switch (name) {
    case "host":
      return "the host is not changed as a header; assign to the request's authority";
    case "content-length":
    case "transfer-encoding":
      return "the kit frames messages, and their length follows setBody() and transform() by itself; leave it out";
    case "trailer":
    case "te":
      return "whether trailers follow is for those who send them to say; leave it out";
    case "expect":
      return "the client asks for a go-ahead, and the gateway gives it; leave it out";
    default:
      return "it belongs to one connection, which is the gateway's; leave it out";
  }
}

/** Adds name and value to a list, unless the host writes headers of that name; throws as `checkedName` and `checkedValue`. */
export function addChecked(list: HeaderList, name: string, value: string, call: string): void {
  const known = knownNames.get(name) ?? checkName(name, call);
  if (known.framing) {
    return;
  }
  if (value !== known.legal) {
    learnLegal(known, value, call);
  }
  list.push(known.lower, value);
}

function learnLegal(name: HeaderName, value: string, call: string): void {
  checkedValue(value, name.lower, call);
  if (value.length <= longestKept) {
    name.legal = value;
  }
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
  const checked = { lower, framing: framingFields.has(lower), legal: "" };
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
  const checked = checkedPart(method, token, "a method, e.g. GET", call);
  if (isMethod(checked, "CONNECT")) {
    throw new SluiceError("HEADER_VALUE", `${call}: CONNECT asks for a tunnel, which a request cannot become.`);
  }
  return checked;
}

/**
 * The method that a request is to have instead of `before`; throws `HEADER_VALUE`. Where a message ends depends on whether the method is
 * HEAD or CONNECT (RFC 9112 section 6.3), and client and upstream have to agree on that.
 */
export function replacedMethod(before: string, method: string, call: string): string {
  const checked = checkedMethod(method, call);
  if (checked !== before && (isMethod(checked, "HEAD") || isMethod(before, "HEAD") || isMethod(before, "CONNECT"))) {
    throw new SluiceError(
      "HEADER_VALUE",
      `${call}: ${before} cannot become ${checked}: answers to HEAD have no body, and the client waits for one of the other kind.`,
    );
  }
  return checked;
}

/** Methods have a case, but not everybody who forwards them knows that. */
function isMethod(method: string, name: "HEAD" | "CONNECT"): boolean {
  return method.length === name.length && method.toUpperCase() === name;
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
    throw new SluiceError(
      "HEADER_VALUE",
      `${call}: expected ${expected}${typeof value === "string" ? "" : `, got ${typeof value}`}.`,
    );
  }
  return value;
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}
