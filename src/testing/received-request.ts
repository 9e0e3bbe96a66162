/** A request as an upstream of a test got it. */

import { firstValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { headerLines, headerRecord } from "./headers.js";
import { joined } from "./message-body.js";

/** What a request's body is read from. */
export interface RequestSource {
  readonly headers: HeaderList;
  readonly chunks: readonly Uint8Array[];
  readonly trailers: HeaderList | undefined;
  /** All of it has come. */
  readonly ended: boolean;
  /** It was broken off. */
  readonly broken: boolean;
}

/** A request that reached an upstream. Plain data, for `toMatchObject` and its like; it grows while the request is on its way. */
export class ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly authority: string;
  /** By name in lower case; repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Every header in order. */
  readonly headerLines: readonly (readonly [name: string, value: string])[];
  readonly #source: RequestSource;

  constructor(source: RequestSource) {
    this.#source = source;
    this.method = firstValue(source.headers, ":method") ?? "";
    this.path = firstValue(source.headers, ":path") ?? "";
    this.authority = firstValue(source.headers, ":authority") ?? "";
    this.headers = headerRecord(source.headers);
    this.headerLines = headerLines(source.headers).filter(([name]) => !name.startsWith(":"));
  }

  /** What has come of the body, as text. */
  get body(): string {
    return new TextDecoder().decode(this.bytes);
  }

  /** What has come of the body. */
  get bytes(): Uint8Array {
    return joined(this.#source.chunks);
  }

  /** By name; empty without trailers. */
  get trailers(): Readonly<Record<string, string>> {
    return headerRecord(this.#source.trailers ?? []);
  }

  /** The body as JSON. @throws SyntaxError */
  json<T = unknown>(): T {
    return JSON.parse(this.body) as T;
  }

  /** `true`: all of it has come. `false`: it is on its way, or was broken off. */
  get complete(): boolean {
    return this.#source.ended;
  }

  /** Its sender gave it up. */
  get broken(): boolean {
    return this.#source.broken;
  }
}
