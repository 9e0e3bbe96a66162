/** The states of a response. Gathering a response always holds its head. */
import { SluiceError } from "../errors.js";
import { BodyAccess } from "./body.js";
import { BodyStreamAccess } from "./body-stream.js";
import { Headers, type ReadonlyHeaders } from "./headers.js";
import { KitPromise } from "./kit-promise.js";
import type { Message } from "./message.js";
import { hideFields } from "./opaque.js";
import type { Response } from "./response.js";
import { refuseSendResponse } from "./send-response.js";
import { isWithoutContent } from "./without-content.js";

/** A response as it enters the filter. */
export class ResponseState {
  declare private readonly message: Message;
  declare private head?: ResponseHeadersState;

  /** @internal */
  constructor(message: Message) {
    this.message = message;
  }

  /** The response's head. It stays here, held, until the filter moves on or ends. */
  intoHeadersState(): Promise<ResponseHeadersState> {
    return KitPromise.resolved(this.headersState());
  }

  /** What the compiler puts in the place of `await intoHeadersState()`, which never waits. */
  private headersState(): ResponseHeadersState {
    return (this.head ??= new ResponseHeadersState(this.message));
  }

  /**
   * Shortcut for `(await intoHeadersState()).intoBodyState()`.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoBodyState(): Promise<ResponseBodyState> {
    return intoBodyState(this.message);
  }

  /**
   * Shortcut for `(await intoHeadersState()).intoBodyStreamState()`.
   * @throws SluiceError `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  intoBodyStreamState(): Promise<ResponseBodyStreamState> {
    return intoBodyStreamState(this.message);
  }

  /**
   * Shortcut for `(await intoHeadersState()).intoHeadersBodyState()`.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoHeadersBodyState(): Promise<ResponseHeadersBodyState> {
    return intoHeadersBodyState(this.message);
  }
}

/** A response's head. The only state that can still be replaced by `sendResponse`. */
export class ResponseHeadersState {
  declare private readonly message: Message;
  declare private shownHeaders?: Headers;

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

  /** The response's headers; they can be changed while this state is not consumed. */
  get headers(): Headers {
    return (this.shownHeaders ??= Headers.of(this.message));
  }

  /** Whether a body (or trailers) follows the head: not for answers to HEAD, 204, 205 and 304. */
  get containsBody(): boolean {
    return this.message.containsBody;
  }

  /**
   * Answers the client with `response` instead: status, headers and body of this one are discarded, also what is still
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
   * Waits for the whole body, the head held. Consumes this state: headers can then be read, not changed.
   *
   * A body over the route's limit (1 MiB by default) makes the answer 500, and the filter ends.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoBodyState(): Promise<ResponseBodyState> {
    return intoBodyState(this.message);
  }

  /**
   * Moves on to the body's chunks. Consumes this state; the head goes on with the first chunk that is asked for.
   * @throws SluiceError `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  intoBodyStreamState(): Promise<ResponseBodyStreamState> {
    return intoBodyStreamState(this.message);
  }

  /**
   * Holds the head until the whole body is there; both can then be changed.
   *
   * A body over the route's limit (1 MiB by default) makes the answer 500, and the filter ends.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoHeadersBodyState(): Promise<ResponseHeadersBodyState> {
    return intoHeadersBodyState(this.message);
  }
}

/** A response's whole body. */
export class ResponseBodyState extends BodyAccess {
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

function intoBodyState(message: Message): Promise<ResponseBodyState> {
  return message.gather("intoBodyState()", false, ResponseBodyState);
}

function intoHeadersBodyState(message: Message): Promise<ResponseHeadersBodyState> {
  return message.gather("intoHeadersBodyState()", true, ResponseHeadersBodyState);
}

function intoBodyStreamState(message: Message): Promise<ResponseBodyStreamState> {
  return message.openStream("intoBodyStreamState()", ResponseBodyStreamState);
}

refuseSendResponse({ ResponseState, ResponseBodyState, ResponseHeadersBodyState, ResponseBodyStreamState });
hideFields(ResponseState, ResponseHeadersState);
