/** A request with a body, by node:http: its head goes out at once, and it may have trailers. */
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { HeaderList } from "../abi/port.js";
import type { UpstreamFailure, UpstreamRequest, UpstreamResponseSink } from "../host/upstreams.js";
import { peerAddress } from "./addresses.js";
import { headerPairs } from "./hop-by-hop.js";
import { parsedHeadBytes, upstreamStallMilliseconds } from "./limits.js";
import type { OutgoingHead } from "./outgoing-head.js";
import { ResponseGate } from "./response-gate.js";
import { errorDetail, ResponseProgress } from "./response-progress.js";
import type { UpstreamTarget } from "./upstream-target.js";

export class StreamedRequest implements UpstreamRequest {
  readonly #target: UpstreamTarget;
  readonly #progress: ResponseProgress;
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;
  #socket: Socket | undefined;
  #connected = false;
  #paused = false;
  #connectTimer: NodeJS.Timeout | undefined;
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(target: UpstreamTarget, head: OutgoingHead, sink: UpstreamResponseSink, endOfStream: boolean) {
    this.#target = target;
    this.#progress = new ResponseProgress(sink, head.method);
    if (!endOfStream && !head.hasLength) {
      head.headers.push("transfer-encoding", "chunked");
    }
    try {
      this.#request = this.#start(head);
      if (endOfStream) {
        this.#request.end();
      }
    } catch (error) {
      // A head that cannot be sent; the sink must hear of it later, not while it starts the request.
      process.nextTick(() => {
        this.#fail(error as Error);
      });
    }
  }

  #start(head: OutgoingHead): ClientRequest {
    const target = this.#target;
    const request = (target.secure ? https : http).request({
      agent: target.agent,
      host: target.host,
      port: target.port,
      method: head.method,
      path: head.target,
      headers: head.headers,
      maxHeaderSize: parsedHeadBytes,
      // An empty name switches SNI off, which is not allowed for addresses.
      ...(target.secure ? { servername: target.serverName ?? "" } : undefined),
    });
    // Else Node drops fields beyond its own limit without a word; ours is checked later.
    request.maxHeadersCount = 0;
    request.on("socket", (socket) => {
      this.#onSocket(socket);
    });
    request.on("response", (response) => {
      this.#onResponse(response);
    });
    request.on("drain", () => {
      this.#clearStallTimer();
      if (!this.#progress.over) {
        this.#progress.sink.onDrain();
      }
    });
    request.on("error", (error) => {
      // Whatever follows a whole response ends the connection, not the response.
      if (this.#response?.complete !== true) {
        this.#fail(error);
      }
    });
    request.on("close", () => {
      this.#clearStallTimer();
      clearTimeout(this.#connectTimer);
      if (this.#response === undefined) {
        // Node closes without a word at times.
        this.#fail(new Error("The connection was closed without a response."));
      }
    });
    // Unlike flushHeaders, which writes fields in UTF-8, this sends the head with the bytes that came.
    request.write("", "latin1");
    return request;
  }

  get address(): string | undefined {
    return this.#connected && this.#socket !== undefined ? peerAddress(this.#socket) : undefined;
  }

  sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    if (this.#request === undefined) {
      return true;
    }
    if (endOfStream) {
      if (chunk.length > 0) {
        this.#request.end(chunk);
      } else {
        this.#request.end();
      }
      return true;
    }
    if (chunk.length === 0 || this.#request.write(chunk)) {
      return true;
    }
    this.#stallTimer ??= setTimeout(() => {
      this.#fail(new Error("The upstream takes no more of the request's body."), "timeout");
    }, upstreamStallMilliseconds);
    return false;
  }

  sendTrailers(trailers: HeaderList): void {
    this.#request?.addTrailers(headerPairs(trailers));
    this.#request?.end();
  }

  pauseResponse(): void {
    this.#paused = true;
    this.#response?.pause();
  }

  resumeResponse(): void {
    this.#paused = false;
    this.#response?.resume();
  }

  reset(): void {
    this.#progress.over = true;
    this.#request?.destroy();
  }

  #onSocket(socket: Socket): void {
    this.#socket = socket;
    this.#progress.gate = ResponseGate.of(socket);
    this.#progress.gate.open();
    if (!socket.connecting) {
      this.#connected = true;
      return;
    }
    this.#connectTimer = setTimeout(() => {
      this.#fail(new Error("No connection in time."));
    }, this.#target.connectTimeoutMilliseconds);
    socket.once(this.#target.secure ? "secureConnect" : "connect", () => {
      this.#connected = true;
      clearTimeout(this.#connectTimer);
    });
  }

  #onResponse(response: IncomingMessage): void {
    if (this.#progress.over) {
      return;
    }
    this.#response = response;
    response.on("data", (chunk: Buffer) => {
      this.#progress.onData(chunk);
    });
    response.on("end", () => {
      this.#progress.gate?.close(true);
      this.#progress.onEnd(response.rawTrailers);
    });
    response.on("error", (error) => {
      this.#fail(error);
    });
    if (this.#paused) {
      response.pause();
    }
    const problem = this.#progress.onHead(response.statusCode ?? 0, response.statusMessage ?? "", response.rawHeaders);
    if (problem !== undefined) {
      this.#fail(new Error(problem));
    }
  }

  #fail(error: Error, failure: UpstreamFailure = this.#connected ? "reset" : "unreachable"): void {
    this.#request?.destroy();
    this.#progress.onFailure(failure, errorDetail(error));
  }

  #clearStallTimer(): void {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = undefined;
  }
}
