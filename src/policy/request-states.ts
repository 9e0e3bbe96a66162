/** The states of a request: what a filter may do, step by step. Moving on consumes a state. */
import { BodyAccess } from "./body.js";
import { BodyStreamAccess } from "./body-stream.js";
import { checkedAuthority, checkedPath, replacedMethod } from "./header-syntax.js";
import { Headers, type ReadonlyHeaders } from "./headers.js";
import { KitPromise } from "./kit-promise.js";
import type { Message } from "./message.js";
import { hideFields } from "./opaque.js";
import { refuseSendResponse } from "./send-response.js";

/** A request as it enters the filter. */
export class RequestState {
  declare private readonly message: Message;
  declare private head?: RequestHeadersState;

  /** @internal */
  constructor(message: Message) {
    this.message = message;
  }

  /** The request's head. It stays here, held, until the filter moves on or ends. */
  intoHeadersState(): Promise<RequestHeadersState> {
    return KitPromise.resolved(this.headersState());
  }

  /** What the compiler puts in the place of `await intoHeadersState()`, which never waits. */
  private headersState(): RequestHeadersState {
    return (this.head ??= new RequestHeadersState(this.message));
  }

  /**
   * Shortcut for `(await intoHeadersState()).intoBodyState()`.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoBodyState(): Promise<RequestBodyState> {
    return intoBodyState(this.message);
  }

  /**
   * Shortcut for `(await intoHeadersState()).intoBodyStreamState()`.
   * @throws SluiceError `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  intoBodyStreamState(): Promise<RequestBodyStreamState> {
    return intoBodyStreamState(this.message);
  }

  /**
   * Shortcut for `(await intoHeadersState()).intoHeadersBodyState()`.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoHeadersBodyState(): Promise<RequestHeadersBodyState> {
    return intoHeadersBodyState(this.message);
  }
}

/** The request line, as far as it can be read in any state. */
interface RequestLine {
  /** `GET`, `POST` … */
  readonly method: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** Host and port as the client sent them. */
  readonly authority: string;
  /** Path and query, normalised by the gateway. */
  readonly path: string;
}

/** A request's head. */
export class RequestHeadersState implements RequestLine {
  declare private readonly message: Message;
  declare private shownHeaders?: Headers;

  /** @internal */
  constructor(message: Message) {
    this.message = message;
  }

  /**
   * `GET`, `POST` … Assigning changes what the upstream gets. `HEAD` and `CONNECT` can neither be replaced nor replace another.
   * @throws SluiceError at assigning: `HEADER_VALUE`, `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  get method(): string {
    return this.message.pseudoHeader(":method");
  }
  set method(value: string) {
    this.message.setPseudoHeader("method =", ":method", replacedMethod(this.method, value, "method ="));
  }

  get scheme(): string {
    return this.message.pseudoHeader(":scheme");
  }

  /**
   * Host and port. Assigning changes the `Host` that the upstream gets, not where the request goes.
   * @throws SluiceError at assigning: `HEADER_VALUE`, `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  get authority(): string {
    return this.message.pseudoHeader(":authority");
  }
  set authority(value: string) {
    this.message.setPseudoHeader("authority =", ":authority", checkedAuthority(value, "authority ="));
  }

  /**
   * Path and query. Assigning changes what the upstream gets; the route stays the one that was matched.
   * @throws SluiceError at assigning: `HEADER_VALUE`, `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  get path(): string {
    return this.message.pseudoHeader(":path");
  }
  set path(value: string) {
    this.message.setPseudoHeader("path =", ":path", checkedPath(value, "path ="));
  }

  /** The request's headers; they can be changed while this state is not consumed, and read all exchange long. */
  get headers(): Headers {
    return (this.shownHeaders ??= Headers.of(this.message));
  }

  /** Whether a body (or trailers) follows the head. A chunked body may still turn out empty. */
  get containsBody(): boolean {
    return this.message.containsBody;
  }

  /**
   * Waits for the whole body. Consumes this state: headers can then be read, not changed. With `partialRequests: prevent`
   * the head is held meanwhile; with `allow` it goes on at once, and the upstream may see the beginning of a request that
   * is then broken off.
   *
   * A body over the route's limit (1 MiB by default) is answered 413, and the filter ends.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoBodyState(): Promise<RequestBodyState> {
    return intoBodyState(this.message);
  }

  /**
   * Moves on to the body's chunks. Consumes this state; the head goes on with the first chunk that is asked for, also
   * with `partialRequests: prevent`.
   * @throws SluiceError `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  intoBodyStreamState(): Promise<RequestBodyStreamState> {
    return intoBodyStreamState(this.message);
  }

  /**
   * Holds the head until the whole body is there; both can then be changed. Nothing reaches the upstream before the
   * filter ends.
   *
   * A body over the route's limit (1 MiB by default) is answered 413, and the filter ends.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoHeadersBodyState(): Promise<RequestHeadersBodyState> {
    return intoHeadersBodyState(this.message);
  }
}

/** A request's whole body. */
export class RequestBodyState extends BodyAccess implements RequestLine {
  private readonly heldTrailers: ReadonlyHeaders | undefined;

  /** @internal */
  constructor(message: Message, trailers: ReadonlyHeaders | undefined) {
    super(message);
    this.heldTrailers = trailers;
  }

  get method(): string {
    return this.message.pseudoHeader(":method");
  }
  get scheme(): string {
    return this.message.pseudoHeader(":scheme");
  }
  get authority(): string {
    return this.message.pseudoHeader(":authority");
  }
  get path(): string {
    return this.message.pseudoHeader(":path");
  }

  /** The headers, to read. */
  get headers(): ReadonlyHeaders {
    return Headers.of(this.message);
  }

  /** The trailers, if the request ended in some. */
  get trailers(): ReadonlyHeaders | undefined {
    return this.heldTrailers;
  }
}

/** A request's head and whole body, both changeable. */
export class RequestHeadersBodyState extends BodyAccess implements RequestLine {
  private readonly head: RequestHeadersState;
  private readonly heldTrailers: ReadonlyHeaders | undefined;

  /** @internal */
  constructor(message: Message, trailers: ReadonlyHeaders | undefined) {
    super(message);
    this.head = new RequestHeadersState(message);
    this.heldTrailers = trailers;
  }

  get method(): string {
    return this.head.method;
  }
  set method(value: string) {
    this.head.method = value;
  }
  get scheme(): string {
    return this.head.scheme;
  }
  get authority(): string {
    return this.head.authority;
  }
  set authority(value: string) {
    this.head.authority = value;
  }
  get path(): string {
    return this.head.path;
  }
  set path(value: string) {
    this.head.path = value;
  }

  /** The headers, to read and change until the filter ends. */
  get headers(): Headers {
    return this.head.headers;
  }

  /** The trailers, if the request ended in some. */
  get trailers(): ReadonlyHeaders | undefined {
    return this.heldTrailers;
  }
}

/** A request's body as a stream. */
export class RequestBodyStreamState extends BodyStreamAccess implements RequestLine {
  get method(): string {
    return this.message.pseudoHeader(":method");
  }
  get scheme(): string {
    return this.message.pseudoHeader(":scheme");
  }
  get authority(): string {
    return this.message.pseudoHeader(":authority");
  }
  get path(): string {
    return this.message.pseudoHeader(":path");
  }

  /** The headers, to read. */
  get headers(): ReadonlyHeaders {
    return Headers.of(this.message);
  }
}

function intoBodyState(message: Message): Promise<RequestBodyState> {
  return message.gather("intoBodyState()", false, RequestBodyState);
}

function intoHeadersBodyState(message: Message): Promise<RequestHeadersBodyState> {
  return message.gather("intoHeadersBodyState()", true, RequestHeadersBodyState);
}

function intoBodyStreamState(message: Message): Promise<RequestBodyStreamState> {
  return message.openStream("intoBodyStreamState()", RequestBodyStreamState);
}

refuseSendResponse({
  RequestState,
  RequestHeadersState,
  RequestBodyState,
  RequestHeadersBodyState,
  RequestBodyStreamState,
});
hideFields(RequestState, RequestHeadersState);
