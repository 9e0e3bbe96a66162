/** The states of a request: what a filter may do, step by step. */
import { BodyAccess } from "./body.js";
import { BodyStreamAccess } from "./body-stream.js";
import { areElsewhere, type Elsewhere, requestBodyHints, requestHints } from "./elsewhere.js";
import { checkedAuthority, checkedPath, replacedMethod } from "./header-syntax.js";
import { Headers, type ReadonlyHeaders } from "./headers.js";
import { KitPromise } from "./kit-promise.js";
import type { Message } from "./message.js";
import { showHeads } from "./opaque.js";
import {
  editRequestLine,
  pathnameOf,
  type RequestLine,
  searchOf,
  takeRequestLine,
  withPathname,
  withSearch,
} from "./request-line.js";

/**
 * A request as its filter gets it: the head, synchronously. It stays here, held, until the filter moves on or ends. Each `into…State()`
 * moves the request on, once: from then on the head can be read, and changed no more, except after `intoHeadersBodyState()`.
 */
export class RequestState implements RequestLine {
  declare private readonly message: Message;
  declare private shownHeaders?: Headers;

  /** Not here: its type says what to write. @deprecated */
  declare readonly json: Elsewhere<(typeof requestHints)["json"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly text: Elsewhere<(typeof requestHints)["text"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly bytes: Elsewhere<(typeof requestHints)["bytes"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly arrayBuffer: Elsewhere<(typeof requestHints)["arrayBuffer"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly body: Elsewhere<(typeof requestHints)["body"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly setBody: Elsewhere<(typeof requestHints)["setBody"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly url: Elsewhere<(typeof requestHints)["url"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly query: Elsewhere<(typeof requestHints)["query"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly cookies: Elsewhere<(typeof requestHints)["cookies"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly status: Elsewhere<(typeof requestHints)["status"]>;
  /** Not here: its type says what to write. @deprecated */
  declare readonly sendResponse: Elsewhere<(typeof requestHints)["sendResponse"]>;

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
   * Path **and query**: `path === "/admin"` is false for `/admin?x`, so compare `pathname`. Assigning changes what the upstream gets;
   * the route stays the one that was matched.
   * @throws SluiceError at assigning: `HEADER_VALUE`, `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  get path(): string {
    return this.message.pseudoHeader(":path");
  }
  set path(value: string) {
    this.message.setPseudoHeader("path =", ":path", checkedPath(value, "path ="));
  }

  /**
   * The path without its query, as sent: percent-encodings stay. Assigning keeps the query; a `?` or `#` in it is encoded.
   * @throws SluiceError at assigning: `HEADER_VALUE`, `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  get pathname(): string {
    return pathnameOf(this.path);
  }
  set pathname(value: string) {
    this.message.setPseudoHeader("pathname =", ":path", withPathname(this.path, value));
  }

  /**
   * The query with its `?`; empty where there is none, and for a lone `?`. Assigning takes it with or without the `?`; `sluice/query`
   * edits single parameters.
   * @throws SluiceError at assigning: `HEADER_VALUE`, `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  get search(): string {
    return searchOf(this.path);
  }
  set search(value: string) {
    this.message.setPseudoHeader("search =", ":path", withSearch(this.path, value));
  }

  /** The request's headers. They can be changed until the filter moves on to the body or ends, and read all exchange long. */
  get headers(): Headers {
    return (this.shownHeaders ??= Headers.of(this.message));
  }

  /** Whether a body (or trailers) follows the head. A chunked body may still turn out empty. */
  get containsBody(): boolean {
    return this.message.containsBody;
  }

  /** This very object, for those who come from the Rust PDK. It may be called at any time, and never waits. */
  intoHeadersState(): Promise<this> {
    return KitPromise.resolved(this);
  }

  /**
   * Waits for the whole body; once, from the head only. The head can then be read, not changed. With `partialRequests: prevent`
   * it is held meanwhile; with `allow` it goes on at once, and the upstream may see the beginning of a request that is then broken
   * off.
   *
   * A body over the route's limit (1 MiB by default) is answered 413, and the filter ends.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoBodyState(): Promise<RequestBodyState> {
    return this.message.gather("intoBodyState()", false, RequestBodyState);
  }

  /**
   * Moves on to the body's chunks; once, from the head only. The head can then be read, not changed. It goes on with the first chunk
   * that is asked for, also with `partialRequests: prevent`.
   * @throws SluiceError `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  intoBodyStreamState(): Promise<RequestBodyStreamState> {
    return this.message.openStream("intoBodyStreamState()", RequestBodyStreamState);
  }

  /**
   * Holds the head until the whole body is there; both can then be changed until the filter ends. Once, from the head only. Nothing
   * reaches the upstream before.
   *
   * A body over the route's limit (1 MiB by default) is answered 413, and the filter ends.
   * @throws SluiceError `STATE_CONSUMED`, `HOLD_UNAVAILABLE`, `EXCHANGE_OVER`
   */
  intoHeadersBodyState(): Promise<RequestHeadersBodyState> {
    return this.message.gather("intoHeadersBodyState()", true, RequestHeadersBodyState);
  }
}

/** What `intoHeadersState()` gives: the request itself. */
export type RequestHeadersState = RequestState;

/** A request's whole body. */
export class RequestBodyState extends BodyAccess implements RequestLine {
  /** Not here: its type says what to write. @deprecated */
  declare readonly sendResponse: Elsewhere<(typeof requestBodyHints)["sendResponse"]>;

  declare readonly method: string;
  declare readonly scheme: string;
  declare readonly authority: string;
  declare readonly path: string;
  declare readonly pathname: string;
  declare readonly search: string;
  private readonly heldTrailers: ReadonlyHeaders | undefined;

  /** @internal */
  constructor(message: Message, trailers: ReadonlyHeaders | undefined) {
    super(message);
    this.heldTrailers = trailers;
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
  /** Not here: its type says what to write. @deprecated */
  declare readonly sendResponse: Elsewhere<(typeof requestBodyHints)["sendResponse"]>;

  /** See `RequestState`, also for what assigning throws. */
  declare method: string;
  declare readonly scheme: string;
  declare authority: string;
  declare path: string;
  declare pathname: string;
  declare search: string;
  declare private shownHeaders?: Headers;
  private readonly heldTrailers: ReadonlyHeaders | undefined;

  /** @internal */
  constructor(message: Message, trailers: ReadonlyHeaders | undefined) {
    super(message);
    this.heldTrailers = trailers;
  }

  /** The headers, to read and change until the filter ends. */
  get headers(): Headers {
    return (this.shownHeaders ??= Headers.of(this.message));
  }

  /** The trailers, if the request ended in some. */
  get trailers(): ReadonlyHeaders | undefined {
    return this.heldTrailers;
  }
}

/** A request's body as a stream. */
export class RequestBodyStreamState extends BodyStreamAccess implements RequestLine {
  /** Not here: its type says what to write. @deprecated */
  declare readonly sendResponse: Elsewhere<(typeof requestBodyHints)["sendResponse"]>;

  declare readonly method: string;
  declare readonly scheme: string;
  declare readonly authority: string;
  declare readonly path: string;
  declare readonly pathname: string;
  declare readonly search: string;

  /** The headers, to read. */
  get headers(): ReadonlyHeaders {
    return Headers.of(this.message);
  }
}

areElsewhere("A request", RequestState, requestHints);
areElsewhere("The body of a request", RequestBodyState, requestBodyHints);
areElsewhere("The body of a request", RequestHeadersBodyState, requestBodyHints);
areElsewhere("The body of a request", RequestBodyStreamState, requestBodyHints);
takeRequestLine(RequestState, RequestBodyState, RequestBodyStreamState);
editRequestLine(RequestState, RequestHeadersBodyState);
showHeads(["method", "pathname"], RequestState, RequestBodyState, RequestHeadersBodyState, RequestBodyStreamState);
