/** The states of a response. Gathering a response always holds its head. */
import { SluiceError } from "../errors.js";
import { BodyAccess } from "./body.js";
import { BodyStreamAccess } from "./body-stream.js";
import { areElsewhere, type Elsewhere, responseBodyHints, responseHints } from "./elsewhere.js";
import { Headers, type ReadonlyHeaders } from "./headers.js";
import { KitPromise } from "./kit-promise.js";
import type { Message } from "./message.js";
import { showHeads } from "./opaque.js";
import type { Response } from "./response.js";
import { isWithoutContent } from "./without-content.js";

/**
 * A response as its filter gets it: the head, synchronously. It stays here, held, until the filter moves on or ends. Each
 * `into…State()` moves the response on, once: from then on the head can be read, and changed no more, except after
 * `intoHeadersBodyState()`; `sendResponse` is for the head alone.
 */
export class ResponseState {
  declare private readonly message: Message;
  declare private shownHeaders?: Headers;

  /** Not here: its type says what to write. @deprecated */
  declare readonly json: Elsewhere<(typeof responseHints)["json"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly text: Elsewhere<(typeof responseHints)["text"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly bytes: Elsewhere<(typeof responseHints)["bytes"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly arrayBuffer: Elsewhere<(typeof responseHints)["arrayBuffer"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly body: Elsewhere<(typeof responseHints)["body"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly setBody: Elsewhere<(typeof responseHints)["setBody"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly url: Elsewhere<(typeof responseHints)["url"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly ok: Elsewhere<(typeof responseHints)["ok"]>;

  /** @internal */
  constructor(message: Message) {
    this.message = message;
  }

  /**
   * The status, e.g. 200. Assigning changes it.
   * @throws SluiceError at assigning: `RESPONSE_STATUS`, `RESPONSE_BODY_FORBIDDEN`, `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  get status(): number {
    return readStatus(this.message);
  }
  set status(value: number) {
    writeStatus(this.message, value);
  }

  /** The response's headers. They can be changed until the filter moves on to the body or ends, and read all exchange long. */
  get headers(): Headers {
    return (this.shownHeaders ??= Headers.of(this.message));
  }

  /** Whether a body (or trailers) follows the head: not for answers to HEAD, 204, 205 and 304. */
  get containsBody(): boolean {
    return this.message.containsBody;
  }

  /** This very object, for those who come from the Rust PDK. It may be called at any time, and never waits. */
  intoHeadersState(): Promise<this> {
    return KitPromise.resolved(this);
  }

  /**
   * Before the filter moves on to the body, answers the client with `response` instead: status, headers and body of this one are discarded, also what is still
   * arriving. Acts at the call and ends what the filter can do to the exchange: every later change, and every later
   * read of this response, throws `STATE_CONSUMED`. Gives a body also where this response had none; an answer to HEAD
   * still has none. It goes straight to the client, past the policies nearer to it.
   *
   * @throws SluiceError `STATE_CONSUMED`; `ALREADY_ANSWERED` where this policy's request filter answered;
   *   `RESPONSE_BODY_FORBIDDEN`, `FILTER_RESULT` for what is no Response, `EXCHANGE_OVER`
   */
  sendResponse(response: Response): void {
    this.message.sendResponse(response);
  }

  /**
   * Waits for the whole body, the head held; once, from the head only. The head can then be read, not changed, and `sendResponse`
   * throws.
   *
   * A body over the route's limit (1 MiB by default) makes the answer 500, and the filter ends.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoBodyState(): Promise<ResponseBodyState> {
    return this.message.gather("intoBodyState()", false, ResponseBodyState);
  }

  /**
   * Moves on to the body's chunks; once, from the head only. The head can then be read, not changed. It goes on with the first chunk
   * that is asked for.
   * @throws SluiceError `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  intoBodyStreamState(): Promise<ResponseBodyStreamState> {
    return this.message.openStream("intoBodyStreamState()", ResponseBodyStreamState);
  }

  /**
   * Holds the head until the whole body is there; status, headers and body can then be changed until the filter ends. Once, from the
   * head only; `sendResponse` throws from then on.
   *
   * A body over the route's limit (1 MiB by default) makes the answer 500, and the filter ends.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoHeadersBodyState(): Promise<ResponseHeadersBodyState> {
    return this.message.gather("intoHeadersBodyState()", true, ResponseHeadersBodyState);
  }
}

/** What `intoHeadersState()` gives: the response itself. */
export type ResponseHeadersState = ResponseState;

/** A response's whole body. */
export class ResponseBodyState extends BodyAccess {
  /** Not here: its type says what to write. @deprecated */
  declare readonly sendResponse: Elsewhere<(typeof responseBodyHints)["sendResponse"]>;

  private readonly heldTrailers: ReadonlyHeaders | undefined;

  /** @internal */
  constructor(message: Message, trailers: ReadonlyHeaders | undefined) {
    super(message);
    this.heldTrailers = trailers;
  }

  /** The status, e.g. 200. */
  get status(): number {
    return readStatus(this.message);
  }

  /** The headers, to read. */
  get headers(): ReadonlyHeaders {
    return Headers.of(this.message);
  }

  /** The trailers, if the response ended in some (every gRPC response does). */
  get trailers(): ReadonlyHeaders | undefined {
    return this.heldTrailers;
  }
}

/** A response's head and whole body, both changeable. */
export class ResponseHeadersBodyState extends BodyAccess {
  /** Not here: its type says what to write. @deprecated */
  declare readonly sendResponse: Elsewhere<(typeof responseBodyHints)["sendResponse"]>;

  private readonly heldTrailers: ReadonlyHeaders | undefined;
  private shownHeaders: Headers | undefined;

  /** @internal */
  constructor(message: Message, trailers: ReadonlyHeaders | undefined) {
    super(message);
    this.heldTrailers = trailers;
  }

  /**
   * The status, e.g. 200. Assigning changes it.
   * @throws SluiceError at assigning: `RESPONSE_STATUS`, `RESPONSE_BODY_FORBIDDEN`, `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  get status(): number {
    return readStatus(this.message);
  }
  set status(value: number) {
    writeStatus(this.message, value);
  }

  /** The headers, to read and change until the filter ends. */
  get headers(): Headers {
    return (this.shownHeaders ??= Headers.of(this.message));
  }

  /** The trailers, if the response ended in some. */
  get trailers(): ReadonlyHeaders | undefined {
    return this.heldTrailers;
  }
}

/** A response's body as a stream. */
export class ResponseBodyStreamState extends BodyStreamAccess {
  /** Not here: its type says what to write. @deprecated */
  declare readonly sendResponse: Elsewhere<(typeof responseBodyHints)["sendResponse"]>;

  /** The status, e.g. 200. */
  get status(): number {
    return readStatus(this.message);
  }

  /** The headers, to read. */
  get headers(): ReadonlyHeaders {
    return Headers.of(this.message);
  }
}

function readStatus(message: Message): number {
  return Number(message.pseudoHeader(":status"));
}

function writeStatus(message: Message, status: number): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new SluiceError("RESPONSE_STATUS", `status = …: expected an integer from 200 to 599, got ${String(status)}.`);
  }
  // Hosts would send the body after a head that says there is none.
  if (isWithoutContent(status) && message.containsBody) {
    throw new SluiceError(
      "RESPONSE_BODY_FORBIDDEN",
      `status = ${status}: this response has a body; use sendResponse(new Response(${status})).`,
    );
  }
  message.setPseudoHeader("status =", ":status", String(status));
}

areElsewhere("A response", ResponseState, responseHints);
areElsewhere("The body of a response", ResponseBodyState, responseBodyHints);
areElsewhere("The body of a response", ResponseHeadersBodyState, responseBodyHints);
areElsewhere("The body of a response", ResponseBodyStreamState, responseBodyHints);
showHeads(["status"], ResponseState, ResponseBodyState, ResponseHeadersBodyState, ResponseBodyStreamState);
