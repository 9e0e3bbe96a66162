/** A client without a socket. */
import { byHand, type TestClient, type TestExchange, type TestRequestInit } from "../../testing/index.js";
import type { CaseRequest, ResponseEnd } from "../runner/case-file.js";
import { type Content, contentLength, contentOf } from "../runner/payload.js";
import { isBodyless } from "../runner/reply-head.js";
import type { Client, ClientOutcome, ExchangeOptions } from "../surroundings.js";
import type { Conductor } from "./conductor.js";
import { lengthProblems } from "./heads.js";
import { sending } from "./sending.js";

export class HarnessClient implements Client {
  readonly #conductor: Conductor;
  readonly #worker: number;
  #current: TestExchange | undefined;

  /** @param worker that its connection is given to */
  constructor(conductor: Conductor, worker: number) {
    this.#conductor = conductor;
    this.#worker = worker;
  }

  get received(): { status: number; bytes: number } {
    const { status = 0, bytes = [] } = this.#current?.received ?? {};
    return { status, bytes: bytes.length };
  }

  async exchange(request: CaseRequest, { splitting, progress }: ExchangeOptions): Promise<ClientOutcome> {
    const content = contentOf(request);
    const exchange = await this.#conductor.gateway.open(request.path, {
      ...requestInit(request, content),
      worker: this.#worker,
    });
    this.#current = exchange;
    let aborted = false;
    const actions =
      content === undefined
        ? []
        : sending(content, request.trailers ?? [], splitting, progress, {
            get paused() {
              return exchange.paused;
            },
            send: (chunk) => exchange.send(chunk),
            end: (chunk) => exchange.end(chunk),
            sendTrailers: (trailers) => exchange.sendTrailers(trailers),
            abort: () => {
              aborted = true;
              return exchange.drop();
            },
          });
    this.#conductor.add({
      due: undefined,
      get over() {
        return exchange.over || actions.length === 0;
      },
      async step() {
        if ((await actions[0]?.()) !== true) {
          return false;
        }
        actions.shift();
        return true;
      },
    });
    await this.#conductor.runUntil(() => exchange.over, `${request.method} ${request.path}`);
    await this.#conductor.settle();
    const { received, record } = exchange;
    const outcome: ClientOutcome = {
      requestId: record.requestId,
      end: aborted ? "aborted" : endOf(exchange),
      status: received.status,
      headers: received.headerLines,
      body: Buffer.from(received.bytes),
      trailers: Object.entries(received.trailers),
      elapsedMilliseconds: record.durationMilliseconds,
    };
    if (outcome.end === "complete") {
      checkMessage(request.method, outcome);
    }
    return outcome;
  }

  close(): void {
    // Nothing is open.
  }
}

/** As on engines with sockets. */
const clientAddress = "127.0.0.1:4711";

function requestInit(request: CaseRequest, content: Content | undefined): TestRequestInit {
  const { method, authority, headers = [], properties } = request;
  const length = content === undefined || content.chunked ? undefined : contentLength(content);
  const framing = length === undefined ? [] : [["content-length", String(length)] as const];
  return {
    method,
    headers: [...headers, ...framing],
    ...(content !== undefined && length !== 0 && { body: byHand }),
    ...(authority !== undefined && { authority }),
    client: { address: clientAddress, ...tlsOf(properties ?? {}) },
  };
}

/** The TLS connection that has these properties. */
function tlsOf(properties: NonNullable<CaseRequest["properties"]>): Pick<TestClient, "tls"> {
  const { "connection.subject_peer_certificate": peerSubject, ...others } = properties;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new Error(`there is no connection with ${unknown} in process`);
  }
  return peerSubject === undefined ? {} : { tls: { version: "TLSv1.3", mutual: true, peerSubject } };
}

function endOf({ received: { ended, status } }: TestExchange): ResponseEnd {
  if (ended) {
    return "complete";
  }
  return status === 0 ? "none" : "broken";
}

/** What a client on a connection would not take. */
function checkMessage(method: string, { status, headers, body }: ClientOutcome): void {
  const problems = isBodyless(method, status)
    ? body.length > 0
      ? [`a body of ${body.length} bytes where there is none`]
      : []
    : lengthProblems(headers, body.length);
  if (problems.length > 0) {
    throw new Error(problems.join("\n"));
  }
}
