/** The answer a policy gives: one class with a builder and the web's constructor. */
import { firstValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import { bareObject } from "./bare-object.js";
import { addChecked } from "./header-syntax.js";
import { hideFields } from "./opaque.js";

/** Headers as given to a response: pairs, an object, or anything that iterates over pairs. */
export type HeadersInit = Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>;

/** A body as given to a response. Text is sent as UTF-8. */
export type BodyInit = string | Uint8Array;

/** The web's second argument. */
export interface ResponseInit {
  /** 200 to 599, default 200. */
  status?: number;
  /** Pairs, an object or anything that iterates over pairs. Default: none but the `content-type` of text. */
  headers?: HeadersInit;
}

/** The name-value pairs, however they were given. */
export function headerPairs(headers: HeadersInit, call: string): Iterable<readonly [name: string, value: string]> {
  if (typeof headers !== "object" || headers === null) {
    throw new SluiceError(
      "HEADER_NAME",
      `${call}: expected pairs of name and value, or an object of them, got ${typeof headers}.`,
    );
  }
  return Symbol.iterator in headers ? (headers as Iterable<readonly [string, string]>) : Object.entries(headers);
}

/** Throws `HEADER_NAME` for what is no pair. */
export function checkedPair(pair: readonly [name: string, value: string], call: string): readonly [string, string] {
  // What iterates, as the web's own pairs may; text would be taken apart.
  if (typeof pair !== "object" || pair === null || !(Symbol.iterator in pair)) {
    throw new SluiceError("HEADER_NAME", `${call}: expected a pair of name and value, got ${typeof pair}.`);
  }
  return pair;
}

/**
 * An answer to the client: `new Response(401).withHeaders([...]).withBody("...")`, or the web's
 * `new Response(body, { status, headers })`. It never changes: `with…` gives a new one, so constants can be shared.
 *
 * Nothing is added but `content-length` (by the host) and, for text that has none, the web's `content-type`, text/plain in UTF-8.
 * An answer to HEAD keeps its headers and loses its body.
 */
export class Response {
  declare private sentStatus: number;
  /** Flat, names in lower case, without framing headers. Shared by answers that differ in something else. */
  declare private sentHeaders: HeaderList;
  declare private sentBody: BodyInit | undefined;

  static {
    Object.assign(Response.prototype, { sentHeaders: [], sentBody: undefined });
  }

  /**
   * An answer without headers and body.
   * @throws SluiceError `RESPONSE_STATUS` for a status that is not an integer from 200 to 599
   */
  constructor(status: number);
  /**
   * The web's form.
   * @throws SluiceError `RESPONSE_STATUS`, `RESPONSE_BODY`, `HEADER_NAME`, `HEADER_VALUE`, `PSEUDO_HEADER`
   */
  constructor(body?: BodyInit | null, init?: ResponseInit);
  constructor(first?: number | BodyInit | null, init?: ResponseInit) {
    if (typeof first === "number") {
      this.sentStatus = checkedStatus(first);
      return;
    }
    const headers = toList(init?.headers ?? []);
    this.sentStatus = checkedStatus(init?.status ?? 200);
    this.sentHeaders = typeof first === "string" ? withTextType(headers) : headers;
    if (first !== null && first !== undefined) {
      this.sentBody = checkedBody(first, "new Response(…)");
    }
  }

  /**
   * An answer with a JSON body and `content-type: application/json`.
   * @throws SluiceError `RESPONSE_STATUS`, `HEADER_NAME`, `HEADER_VALUE`, `PSEUDO_HEADER`, `RESPONSE_BODY` where `data` is undefined
   * @throws TypeError for what JSON cannot hold
   */
  static json(data: unknown, init?: ResponseInit): Response {
    const response = new Response(init?.status ?? 200)
      .withHeaders([["content-type", "application/json"]])
      .withBody(JSON.stringify(data));
    return init?.headers === undefined ? response : response.withHeaders(init.headers);
  }

  /** 200 to 599. */
  get status(): number {
    return this.sentStatus;
  }

  /**
   * The same answer with these headers: each name given replaces what the answer had of it; a name given several times
   * is sent several times. Fields of framing and routing (`content-length`, `transfer-encoding`, `connection` …) are the host's and left
   * out without an error, so that the headers of another response can be given as they are.
   * @throws SluiceError `HEADER_NAME`, `HEADER_VALUE`, `PSEUDO_HEADER`
   */
  withHeaders(headers: HeadersInit): Response {
    const added = toList(headers);
    const old = this.sentHeaders;
    const response = this.withStatusOnly();
    response.sentHeaders = old.length === 0 ? added : merged(old, added);
    if (this.sentBody !== undefined) {
      response.sentBody = this.sentBody;
    }
    return response;
  }

  /**
   * The same answer with this body. Text is sent as UTF-8, and with a `content-type` that says so unless the answer has one.
   * @throws SluiceError `RESPONSE_BODY`
   */
  withBody(body: BodyInit): Response {
    const response = this.withStatusOnly();
    response.sentBody = checkedBody(body, "withBody()");
    response.sentHeaders = typeof body === "string" && body !== "" ? withTextType(this.sentHeaders) : this.sentHeaders;
    return response;
  }

  /** What another answer that differs from this one begins as. */
  private withStatusOnly(): Response {
    const response = bareObject(Response.prototype);
    response.sentStatus = this.sentStatus;
    return response;
  }

  /**
   * Whether it can be sent.
   * @internal
   * @throws SluiceError `RESPONSE_BODY_FORBIDDEN` for a 204, 205 or 304 with a body or headers that describe one
   */
  check(): void {
    const status = this.sentStatus;
    // As isWithoutContent(), of which the call would take an interpreter longer.
    if (status !== 204 && status !== 205 && status !== 304) {
      return;
    }
    const body = this.sentBody;
    const what =
      body !== undefined && body.length > 0
        ? "a body"
        : firstValue(this.sentHeaders, "content-type") !== undefined
          ? "content-type"
          : "";
    if (what !== "") {
      throw new SluiceError(
        "RESPONSE_BODY_FORBIDDEN",
        `An answer with status ${status} carries ${what}; send it without, or use 200.`,
      );
    }
  }

  /**
   * The headers to send, not to be changed.
   * @internal
   */
  headerList(): HeaderList {
    return this.sentHeaders;
  }

  /**
   * The body to send.
   * @internal
   */
  bodyBytes(): Uint8Array | undefined {
    const body = this.sentBody;
    const status = this.sentStatus;
    if (body === undefined || status === 204 || status === 205 || status === 304) {
      return undefined;
    }
    return typeof body === "string" ? utf8(body) : body;
  }
}

hideFields(Response);
// Bundlers rename a class that names itself; messages show the name.
Object.defineProperty(Response, "name", { value: "Response", configurable: true });

/** The last text that was sent: most policies have one. */
let lastText: string | undefined;
let lastBytes = new Uint8Array(0);
/** Longer texts are not kept. */
const longestKept = 4096;

function utf8(text: string): Uint8Array {
  if (text === lastText) {
    return lastBytes;
  }
  const bytes = new TextEncoder().encode(text);
  if (text.length <= longestKept) {
    lastText = text;
    lastBytes = bytes;
  }
  return bytes;
}

/** The headers with the web's type of text, unless they have one. */
function withTextType(headers: HeaderList): HeaderList {
  return firstValue(headers, "content-type") === undefined
    ? [...headers, "content-type", "text/plain;charset=UTF-8"]
    : headers;
}

/** The old headers but for those of which there are new ones, and the new ones. */
function merged(old: HeaderList, added: HeaderList): HeaderList {
  const list: HeaderList = [];
  for (let index = 0; index < old.length; index += 2) {
    const name = old[index] as string;
    if (firstValue(added, name) === undefined) {
      list.push(name, old[index + 1] as string);
    }
  }
  list.push(...added);
  return list;
}

function checkedStatus(status: number): number {
  // Not Number.isInteger(): a call takes an interpreter longer than the rest.
  if ((status | 0) !== status || status < 200 || status > 599) {
    throw new SluiceError(
      "RESPONSE_STATUS",
      `new Response(…): expected a status from 200 to 599, got ${String(status)}.`,
    );
  }
  return status;
}

/** Throws `RESPONSE_BODY` for what is neither text nor bytes. `what` begins the message. */
export function checkedBody(body: BodyInit, what: string): BodyInit {
  if (typeof body === "string" || body instanceof Uint8Array) {
    return body;
  }
  throw noBody(what, body);
}

/** @param what what was given `body`, such as `setBody()` */
export function noBody(what: string, body: unknown): SluiceError {
  const json = typeof body === "object" && body !== null ? "; for JSON give JSON.stringify(value)" : "";
  return new SluiceError("RESPONSE_BODY", `${what}: expected a string or a Uint8Array, got ${typeof body}${json}.`);
}

function toList(headers: HeadersInit): HeaderList {
  const list: HeaderList = [];
  if (Array.isArray(headers)) {
    // The usual form, without iterators: those cost an interpreter more than the checks.
    const pairs = headers as readonly (readonly [string, string])[];
    for (let index = 0; index < pairs.length; index++) {
      const pair = pairs[index] as readonly [string, string];
      const name: string | undefined = (pair as readonly [string, string] | null | undefined)?.[0];
      if (name === undefined || typeof pair === "string") {
        addPair(list, pair);
      } else {
        addChecked(list, name, pair[1], "withHeaders");
      }
    }
    return list;
  }
  for (const pair of headerPairs(headers, "withHeaders")) {
    addPair(list, pair);
  }
  return list;
}

function addPair(list: HeaderList, pair: readonly [string, string]): void {
  const [name, value] = checkedPair(pair, "withHeaders");
  addChecked(list, name, value, "withHeaders");
}
