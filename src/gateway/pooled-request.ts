/** A request without a body, by undici. */
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import type { HeaderList } from "../abi/port.js";
import { repeatableMethods } from "../abi/repeatable-methods.js";
import type { UpstreamRequest, UpstreamResponseSink } from "../host/upstreams.js";
import type { OutgoingHead } from "./outgoing-head.js";
import { errorDetail, ResponseProgress } from "./response-progress.js";
import type { PooledConnection, PooledDispatchOptions, UpstreamTarget } from "./upstream-target.js";

/**
 * undici sends a head only with the first byte of a body and has no request trailers; so it gets the requests that can have
 * none of these, and is the fastest for them.
 */
export class PooledRequest implements UpstreamRequest, Dispatcher.DispatchHandler {
  readonly #target: UpstreamTarget;
  readonly #progress: ResponseProgress;
  readonly #options: PooledDispatchOptions;
  #controller: Dispatcher.DispatchController | undefined;
  #connection: PooledConnection | undefined;
  #retried = false;
  #paused = false;
  #dispatching = false;

  /** `isCall`: it is a policy's, and repeated where its connection had served others before only. */
  constructor(
    target: UpstreamTarget,
    head: OutgoingHead,
    sink: UpstreamResponseSink,
    private readonly isCall: boolean,
  ) {
    this.#target = target;
    this.#progress = new ResponseProgress(sink, head.method);
    this.#options = {
      path: head.target,
      method: head.method,
      headers: head.headers,
      servername: target.host,
      // undici would close the connection after an answer to HEAD.
      reset: false,
      request: this,
    };
    this.#dispatch();
  }

  get address(): string | undefined {
    return this.#connection?.address;
  }

  sendData(): boolean {
    throw new TypeError("The request has no body.");
  }

  sendTrailers(): void {
    throw new TypeError("The request has no trailers.");
  }

  pauseResponse(): void {
    this.#paused = true;
    if (!this.#progress.over) {
      this.#progress.gate?.pause();
    }
  }

  resumeResponse(): void {
    this.#paused = false;
    if (!this.#progress.over) {
      this.#progress.gate?.resume();
    }
  }

  reset(): void {
    if (!this.#progress.over) {
      this.#progress.over = true;
      this.#controller?.abort(new Error("The request was abandoned."));
    }
  }

  #dispatch(): void {
    this.#dispatching = true;
    this.#target.pool.dispatch(this.#options, this);
    this.#dispatching = false;
  }

  /** Called by the pool's client. */
  onConnectionChosen(connection: PooledConnection): void {
    this.#connection = connection;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#progress.over) {
      // Abandoned while it waited for a connection. Throwing, unlike aborting, leaves the connection usable.
      throw new Error("The request was abandoned.");
    }
    this.#controller = controller;
    const gate = this.#connection?.gate;
    gate?.open();
    this.#progress.gate = gate;
    if (this.#paused) {
      gate?.pause();
    }
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    reason = "",
  ): void {
    const problem = this.#progress.onHead(status, reason, flatHeaders(headers));
    if (problem !== undefined) {
      controller.abort(new Error(problem));
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#progress.onData(chunk);
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    // The parser heeds a `Connection` there as if it stood in the head, which undici does not know: it would fail the next response.
    this.#progress.gate?.close(trailers.connection === undefined);
    this.#progress.onEnd(flatHeaders(trailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#progress.over) {
      return;
    }
    if (this.#mayRetry()) {
      this.#retried = true;
      this.#controller = undefined;
      process.nextTick(() => {
        if (!this.#progress.over) {
          this.#dispatch();
        }
      });
      return;
    }
    const failure = this.#controller === undefined ? "unreachable" : "reset";
    if (this.#dispatching) {
      process.nextTick(() => {
        this.#progress.onFailure(failure, errorDetail(error));
      });
    } else {
      this.#progress.onFailure(failure, errorDetail(error));
    }
  }

  /**
   * The only retry there is: an upstream may close a kept-alive connection at the moment a request goes out on it. Without
   * a byte of a response, and with a method that is safe to repeat, the request is sent once more (RFC 9110, section 9.2.2).
   */
  #mayRetry(): boolean {
    if (this.#retried) {
      return false;
    }
    const { gate, method } = this.#progress;
    // The connection that it waited for was lost before it was sent.
    const neverSent = gate === undefined && this.#connection?.gate !== undefined;
    return neverSent || (gate?.begun === false && repeatable.has(method) && (gate.reused || !this.isCall));
  }
}

/** Idempotent, and seldom with a body, which could not be repeated: so PUT, which Envoy cannot tell apart, is not here. */
const repeatable = new Set<string>(repeatableMethods);

/** Repeated fields come apart and in order; the order among different fields has no meaning (RFC 9110, section 5.3). */
function flatHeaders(headers: IncomingHttpHeaders): HeaderList {
  const list: HeaderList = [];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === "string") {
      list.push(name, value);
    } else if (value !== undefined) {
      for (const one of value) {
        list.push(name, one);
      }
    }
  }
  return list;
}
