/** The answer a policy gives: one class with a builder and the web's constructor. */
import { firstValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import { checkedName, checkedValue } from "./header-syntax.js";

/** Headers as given to a response: pairs, an object, or anything that iterates over pairs. */
export type HeadersInit = Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>;

/** A body as given to a response. Text is sent as UTF-8. */
export type BodyInit = string | Uint8Array;

/** The web's second argument. */
export interface ResponseInit {
  /** 200 to 599, default 200. */
  status?: number;
  headers?: HeadersInit;
}

/** The name-value pairs, however they were given. */
export function headerPairs(headers: HeadersInit): Iterable<readonly [name: string, value: string]> {
  return Symbol.iterator in headers ? (headers as Iterable<readonly [string, string]>) : Object.entries(headers);
}

/** What an answer consists of, checked. */
export class AnswerParts {
  constructor(
    readonly status: number,
    /** Flat, names in lower case, without framing headers. */
    readonly headers: HeaderList,
    readonly body: BodyInit | undefined,
  ) {}
}

/**
 * An answer to the client: `new Response(401).withHeaders([...]).withBody("...")`, or the web's
 * `new Response(body, { status, headers })`. It never changes: `with…` gives a new one, so constants can be shared.
 *
 * Nothing is added but `content-length` (by the host) and, in the web's form, the web's `content-type` for text.
 * An answer to HEAD keeps its headers and loses its body.
 */
export class Response {
  readonly #parts: AnswerParts;
  #encoded: Uint8Array | undefined;

  /** @throws SluiceError `RESPONSE_STATUS` for a status that is not an integer from 200 to 599 */
  constructor(status: number);
  /** The web's form. @throws SluiceError `RESPONSE_STATUS`, `HEADER_NAME`, `HEADER_VALUE` */
  constructor(body?: BodyInit | null, init?: ResponseInit);
  /** @internal */
  constructor(parts: AnswerParts);
  constructor(first?: number | BodyInit | null | AnswerParts, init?: ResponseInit) {
    if (typeof first === "number") {
      this.#parts = new AnswerParts(checkedStatus(first), [], undefined);
    } else if (first instanceof AnswerParts) {
      this.#parts = first;
    } else {
      const headers = toList(init?.headers ?? []);
      if (typeof first === "string" && firstValue(headers, "content-type") === undefined) {
        headers.push("content-type", "text/plain;charset=UTF-8");
      }
      const body = first === null || first === undefined ? undefined : checkedBody(first);
      this.#parts = new AnswerParts(checkedStatus(init?.status ?? 200), headers, body);
    }
  }

  /** An answer with a JSON body and `content-type: application/json`. */
  static json(data: unknown, init?: ResponseInit): Response {
    const response = new Response(init?.status ?? 200)
      .withHeaders([["content-type", "application/json"]])
      .withBody(JSON.stringify(data));
    return init?.headers === undefined ? response : response.withHeaders(init.headers);
  }

  /** 200 to 599. */
  get status(): number {
    return this.#parts.status;
  }

  /**
   * The same answer with these headers: each name given replaces what the answer had of it; a name given several times
   * is sent several times. `content-length`, `transfer-encoding` and `connection` are the host's and left out.
   * @throws SluiceError `HEADER_NAME`, `HEADER_VALUE`, `PSEUDO_HEADER`
   */
  withHeaders(headers: HeadersInit): Response {
    const { status, headers: old, body } = this.#parts;
    const added = toList(headers);
    const list: HeaderList = [];
    for (let index = 0; index < old.length; index += 2) {
      const name = old[index] as string;
      if (firstValue(added, name) === undefined) list.push(name, old[index + 1] as string);
    }
    list.push(...added);
    return new Response(new AnswerParts(status, list, body));
  }

  /** The same answer with this body. */
  withBody(body: BodyInit): Response {
    return new Response(new AnswerParts(this.#parts.status, this.#parts.headers, checkedBody(body)));
  }

  /**
   * What to send.
   * @internal
   * @throws SluiceError `RESPONSE_BODY_FORBIDDEN` for a 204 or 304 with a body or headers that describe one
   */
  answer(): { status: number; headers: HeaderList; body: Uint8Array | undefined } {
    const { status, headers, body } = this.#parts;
    if (status === 204 || status === 304) {
      const what = body !== undefined && body.length > 0 ? "a body" : firstValue(headers, "content-type") !== undefined ? "content-type" : "";
      if (what !== "") {
        throw new SluiceError("RESPONSE_BODY_FORBIDDEN", `An answer with status ${status} carries ${what}; send it without, or use 200.`);
      }
      return { status, headers, body: undefined };
    }
    if (body === undefined) return { status, headers, body: undefined };
    this.#encoded ??= typeof body === "string" ? new TextEncoder().encode(body) : body;
    return { status, headers, body: this.#encoded };
  }
}

function checkedStatus(status: number): number {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new SluiceError("RESPONSE_STATUS", `new Response(…): expected a status from 200 to 599, got ${String(status)}.`);
  }
  return status;
}

function checkedBody(body: BodyInit): BodyInit {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  throw new SluiceError("RESPONSE_BODY", `The body of a response: expected a string or a Uint8Array, got ${typeof body}.`);
}

// The host writes these; a value of the policy's could only be wrong.
function isFraming(name: string): boolean {
  return name === "content-length" || name === "transfer-encoding" || name === "connection";
}

function toList(headers: HeadersInit): HeaderList {
  const list: HeaderList = [];
  for (const [name, value] of headerPairs(headers)) {
    const checked = checkedName(name, "withHeaders");
    if (!isFraming(checked)) list.push(checked, checkedValue(value, checked, "withHeaders"));
  }
  return list;
}
