/** Bodies as JSON. */
import { firstValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { type BodyOf, UnreadableBodyError } from "./unreadable-body.js";

const longestType = 80;

/** The value of a JSON text in bytes; undefined where they are none. */
type Parser = (body: Uint8Array) => unknown;

let parse: Parser = (body) => {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch {
    return undefined;
  }
};

/** Bodies are parsed by the engine's own function from now on. */
export function parseJsonBy(parser: Parser): void {
  parse = parser;
}

/** @throws UnreadableBodyError `BODY_NOT_JSON`, which quotes nothing of the body: it may hold secrets */
export function parseJson(body: Uint8Array, of: BodyOf, headers: () => HeaderList): unknown {
  const value = parse(body);
  if (value === undefined) {
    const what = described(body, of, headers());
    throw new UnreadableBodyError("BODY_NOT_JSON", of, `json(): the ${of}'s body is not JSON: ${what}`);
  }
  return value;
}

function described(body: Uint8Array, of: BodyOf, headers: HeaderList): string {
  const coding = firstValue(headers, "content-encoding");
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    return `it is coded (content-encoding: ${coding.slice(0, longestType)}); ${plainBodies[of]}.`;
  }
  const type = firstValue(headers, "content-type");
  const size = body.length === 0 ? "it is empty" : `${body.length} bytes`;
  return type === undefined ? `${size}.` : `${size}, content-type: ${type.slice(0, longestType)}.`;
}

const plainBodies: Readonly<Record<BodyOf, string>> = {
  request: "clients have to send plain bodies",
  response: 'for plain bodies set the request\'s accept-encoding to "identity" in onRequest',
  reply: 'for plain bodies call with the header accept-encoding: "identity"',
};
