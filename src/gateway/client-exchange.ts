/** One request of a client and its response, between node:http and the chain. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { messageHeadFields } from "../abi/head-limits.js";
import { isHopByHop } from "../abi/hop-by-hop.js";
import type { HeaderList } from "../abi/port.js";
import type { Downstream } from "../host/downstream.js";
import type { Exchange } from "../host/exchange.js";
import type { ClientConnection, ConnectionExchange } from "./client-connection.js";
import { headerPairs } from "./hop-by-hop.js";
import { discardedForReuseBytes, lingerBytes } from "./limits.js";
import { requestTrailerList } from "./request-trailers.js";

const key = Symbol("exchange");
const nothing = new Uint8Array(0);

/** Largest whole body that is joined with its head. */
const joinedBodyBytes = 8_192;

/** No closures and, for a request without a body, no listeners: this is the path that every request takes. */
export class ClientExchange implements Downstream, ConnectionExchange {
  /** The chain's side; undefined while the chain is opening it. */
  exchange: Exchange | undefined;
  readonly #connection: ClientConnection;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  /** Bytes of the request's body still to come, -1 when only the end tells. */
  #remaining: number;
  #requestEnded: boolean;
  #requestPaused = false;
  #trailersDue = false;
  #awaitsContinue: boolean;
  #headFlushed = false;
  /** The response's end can be told without the end of the connection. */
  #delimited = true;
  #ended = false;
  #discarded = 0;

  constructor(
    connection: ClientConnection,
    request: IncomingMessage,
    response: ServerResponse,
    contentLength: number,
    awaitsContinue: boolean,
  ) {
    this.#connection = connection;
    this.#request = request;
    this.#response = response;
    this.#remaining = contentLength;
    this.#requestEnded = contentLength === 0;
    this.#awaitsContinue = awaitsContinue;
    connection.exchange = this;
    connection.input.begin(request, response, contentLength);
    if (request.httpVersionMinor === 0) {
      // Node would send chunks where such a client says that it knows them; it must not get any (RFC 9112, section 6.1).
      response.useChunkedEncodingByDefault = false;
    }
    // What matters of it comes with the closing of the connection.
    response.on("error", ignore);
  }

  /** Begins to read the request's body, unless the chain has paused it already. */
  readBody(): void {
    const request = this.#request as KeyedRequest;
    request[key] = this;
    request.on("data", onRequestData);
    request.on("end", onRequestEnd);
  }

  get awaitsClient(): boolean {
    return !this.#requestEnded && !this.#requestPaused && !this.#awaitsContinue;
  }

  abort(status: number, details: string): void {
    this.exchange?.abort(status, details);
  }

  onConnectionClosed(): void {
    this.#ended = true;
    this.exchange?.onDownstreamReset();
  }

  sendHeaders(status: number, headers: HeaderList, endOfStream: boolean): void {
    if (this.#ended) {
      return;
    }
    const response = this.#response;
    if (!this.#requestEnded) {
      this.#prepareEarlyAnswer();
    }
    if (this.#awaitsContinue) {
      // Whether the client will send the body that it asked about is not certain. Node closes the connection, too.
      this.#connection.closing = true;
    }
    if (this.#connection.closing) {
      response.shouldKeepAlive = false;
    }
    response.writeHead(status, this.#framed(status, headers, endOfStream));
    if (endOfStream) {
      this.#end();
      response.end();
    } else {
      // Usually the body's first bytes come in the same tick and take the head along.
      process.nextTick(flushHead, this);
    }
  }

  sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    if (this.#ended) {
      return true;
    }
    const headFlushed = this.#headFlushed;
    this.#headFlushed = true;
    if (endOfStream) {
      this.#end();
      this.#sendLast(chunk, headFlushed);
      return true;
    }
    if (chunk.length === 0 || this.#response.write(chunk)) {
      return true;
    }
    const response = this.#response as KeyedResponse;
    if (response[key] === undefined) {
      // One listener for all: what was under way before the pause comes, and may come in many small chunks.
      response[key] = this;
      response.on("drain", onResponseDrain);
    }
    return false;
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.#ended) {
      return;
    }
    this.#headFlushed = true;
    this.#end();
    this.#response.addTrailers(headerPairs(trailers));
    this.#response.end();
  }

  sendContinue(): void {
    if (this.#awaitsContinue) {
      this.#awaitsContinue = false;
      if (!this.#response.headersSent && !this.#ended) {
        this.#response.writeContinue();
      }
    }
  }

  pauseRequest(): void {
    this.#requestPaused = true;
    this.#request.pause();
  }

  resumeRequest(): void {
    this.#requestPaused = false;
    this.#request.resume();
    if (this.#trailersDue) {
      setImmediate(deliverTrailers, this);
    }
  }

  reset(): void {
    if (this.#ended) {
      return;
    }
    // The chain counts the head as sent.
    this.flushHead();
    this.#ended = true;
    this.#connection.exchange = undefined;
    const { socket } = this.#connection;
    if (this.#delimited) {
      socket.destroy();
    } else {
      // A mere close would look like the response's proper end.
      socket.resetAndDestroy();
    }
  }

  /** For the listeners at the end of this file. */
  onData(chunk: Buffer): void {
    if (this.#ended) {
      this.#discarded += chunk.length;
      if (this.#discarded > lingerBytes) {
        this.#connection.socket.destroy();
      }
      return;
    }
    if (this.#remaining > 0) {
      this.#remaining -= chunk.length;
      this.#requestEnded = this.#remaining === 0;
    }
    this.exchange?.onRequestData(chunk, this.#requestEnded);
  }

  /** For the listeners at the end of this file. */
  onEnd(): void {
    const already = this.#requestEnded;
    this.#requestEnded = true;
    if (this.#ended) {
      this.#connection.stopLingering();
    }
    if (already || this.#ended) {
      return;
    }
    const { rawTrailers } = this.#request;
    if (rawTrailers.length > messageHeadFields * 2) {
      this.abort(431, "request_trailers_too_large");
    } else if (rawTrailers.length > 0 && this.#connection.passesTrailers) {
      this.#trailersDue = true;
      setImmediate(deliverTrailers, this);
    } else {
      this.exchange?.onRequestData(nothing, true);
    }
  }

  /** For the listeners at the end of this file. The promises of filters come first: what they make of the last chunk goes before its trailers. */
  deliverTrailers(): void {
    if (this.#trailersDue && !this.#requestPaused && !this.#ended) {
      this.#trailersDue = false;
      this.exchange?.onRequestTrailers(requestTrailerList(this.#request.rawTrailers));
    }
  }

  /** For the listeners at the end of this file. */
  onDrain(): void {
    if (!this.#ended) {
      this.exchange?.onDownstreamDrain();
    }
  }

  /** For the listeners at the end of this file. */
  flushHead(): void {
    if (!this.#headFlushed && !this.#ended && this.#response.headersSent) {
      this.#headFlushed = true;
      // Unlike flushHeaders, which writes fields in UTF-8, this sends the head with the bytes that came.
      this.#response.write("", "latin1");
    }
  }

  /** A little of an unread body is read and thrown away; for more than that the connection is not worth keeping. */
  #prepareEarlyAnswer(): void {
    const little = this.#remaining > 0 && this.#remaining <= discardedForReuseBytes && !this.#awaitsContinue;
    if (!little) {
      this.#connection.lingerOnClose();
    }
  }

  /** The head as the protocol needs it: framing is the gateway's, whatever a policy or an upstream says about it. */
  #framed(status: number, headers: HeaderList, endOfStream: boolean): HeaderList {
    let foreign = false;
    let hasLength = false;
    let announcesTrailers = false;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i]!;
      hasLength ||= name === "content-length";
      announcesTrailers ||= name === "trailer";
      foreign ||= isHopByHop(name);
    }
    const { httpVersionMinor, method } = this.#request;
    this.#delimited = hasLength || endOfStream || httpVersionMinor > 0;
    const mayHaveBody = status !== 204 && status !== 304 && method !== "HEAD";
    // Only behind chunks trailers can follow (RFC 9112, section 7.1.2); Node refuses to send a head that says otherwise.
    const isChunked = mayHaveBody && !endOfStream && !hasLength && httpVersionMinor > 0;
    foreign ||= announcesTrailers && !isChunked;
    const list = foreign
      ? headers.filter((_, i) => {
          const name = headers[i - (i % 2)]!;
          return !isHopByHop(name) && (isChunked || name !== "trailer");
        })
      : headers;
    // Node would say "chunked" for a body that is not there.
    const needsLength = endOfStream && !hasLength && mayHaveBody;
    return needsLength ? [...list, "content-length", "0"] : list;
  }

  #sendLast(chunk: Uint8Array, headFlushed: boolean): void {
    if (chunk.length === 0) {
      this.#response.end();
    } else if (!headFlushed && chunk.length <= joinedBodyBytes && Buffer.isBuffer(chunk)) {
      // A string (here: the same bytes) leaves together with the head in one plain write, which is much cheaper than two parts.
      this.#response.end(chunk.toString("latin1"), "latin1");
    } else {
      this.#response.end(chunk);
    }
  }

  #end(): void {
    this.#ended = true;
    const connection = this.#connection;
    connection.exchange = undefined;
    if (!this.#requestEnded) {
      // Read on; onData throws it away.
      this.#request.resume();
    } else if (connection.closing) {
      // Has no effect if the response said "close": Node does the same then.
      this.#response.once("finish", () => {
        connection.socket.destroySoon();
      });
    }
  }
}

type KeyedRequest = IncomingMessage & { [key]?: ClientExchange };
type KeyedResponse = ServerResponse & { [key]?: ClientExchange };

function onRequestData(this: KeyedRequest, chunk: Buffer): void {
  this[key]?.onData(chunk);
}

function onRequestEnd(this: KeyedRequest): void {
  this[key]?.onEnd();
}

function onResponseDrain(this: KeyedResponse): void {
  this[key]?.onDrain();
}

function deliverTrailers(exchange: ClientExchange): void {
  exchange.deliverTrailers();
}

function flushHead(exchange: ClientExchange): void {
  exchange.flushHead();
}

function ignore(): void {
  // Nothing to do.
}
