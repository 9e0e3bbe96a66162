/** A client without a socket. */
import type { Chain } from "../../../src/host/chain/chain.js";
import { defaultLimits, type Exchange, type ExchangeFacts } from "../../../src/host/exchange.js";
import { testFacts } from "../../support/chain-harness.js";
import { FakeDownstream } from "../../support/fake-downstream.js";
import type { CaseRequest } from "../runner/case-file.js";
import { contentLength, contentOf } from "../runner/payload.js";
import type { Client, ClientOutcome, ExchangeOptions, ResponseEnd } from "../surroundings.js";
import { nextRequestId } from "../runner/request-id.js";
import { headerList, headerPairs, isBodyless, lengthProblems } from "./heads.js";
import { sending, type Action } from "./sending.js";
import type { World } from "./world.js";

export class InMemoryClient implements Client {
  readonly #world: World;
  readonly #chain: Chain;
  readonly #bodyBytes: number | undefined;
  #downstream = new FakeDownstream();

  constructor(world: World, chain: Chain, bodyBytes: number | undefined) {
    this.#world = world;
    this.#chain = chain;
    this.#bodyBytes = bodyBytes;
  }

  get received(): { status: number; bytes: number } {
    const { status, chunks } = this.#downstream;
    return { status, bytes: chunks.reduce((sum, { length }) => sum + length, 0) };
  }

  async exchange(request: CaseRequest, { splitting, progress }: ExchangeOptions): Promise<ClientOutcome> {
    const downstream = new FakeDownstream();
    this.#downstream = downstream;
    const begin = this.#world.clock.now();
    const content = contentOf(request);
    let over = false;
    let aborted = false;
    let end = begin;
    const facts = factsOf(request);
    const exchange = this.#open(request, facts, downstream, () => {
      over = true;
      end = this.#world.clock.now();
    });
    const actions: Action[] = content === undefined ? [] : sending(content, headerList(request.trailers ?? []), splitting, progress, {
      paused: () => downstream.requestPaused,
      data: (chunk, end) => {
        exchange.onRequestData(chunk, end);
      },
      trailers: (trailers) => {
        exchange.onRequestTrailers(trailers);
      },
      abort: () => {
        aborted = true;
        exchange.onDownstreamReset();
      },
    });
    this.#world.add({
      get over() {
        return over || actions.length === 0;
      },
      step() {
        if (actions[0]?.() !== true) return false;
        actions.shift();
        return true;
      },
    });
    await this.#world.runUntil(() => over, `${request.method} ${request.path}`);
    await this.#world.settle();
    const outcome: ClientOutcome = {
      requestId: facts.requestId,
      end: aborted ? "aborted" : endOf(downstream),
      status: downstream.status,
      headers: headerPairs(downstream.headers),
      body: Buffer.concat(downstream.chunks),
      trailers: headerPairs(downstream.trailers ?? []),
      elapsedMilliseconds: end - begin,
    };
    if (outcome.end === "complete") checkMessage(request.method, outcome, downstream.heads);
    return outcome;
  }

  close(): void {
    // Nothing is open.
  }

  #open(request: CaseRequest, facts: ExchangeFacts, downstream: FakeDownstream, onEnd: () => void): Exchange {
    const content = contentOf(request);
    const length = content === undefined || content.chunked ? undefined : contentLength(content);
    const framing = length === undefined ? [] : ["content-length", String(length)];
    return this.#chain.open({
      head: {
        headers: [
          ":method", request.method, ":scheme", "http", ":authority", request.authority ?? "gateway.test", ":path", request.path,
          ...headerList(request.headers ?? []), ...framing,
        ],
        endOfStream: content === undefined || length === 0,
      },
      facts,
      limits: { ...defaultLimits, ...(this.#bodyBytes === undefined ? {} : { bodyBytes: this.#bodyBytes }) },
      upstream: "upstream",
      downstream,
      onEnd,
    });
  }
}

/** Facts of a connection, from the properties that stand for it. */
function factsOf({ properties = {} }: CaseRequest): ExchangeFacts {
  const { "connection.subject_peer_certificate": peerSubject, ...others } = properties;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`there is no connection with ${unknown} in process`);
  return { ...testFacts, requestId: nextRequestId(), ...(peerSubject !== undefined && { tls: { version: "TLSv1.3", mutual: true, peerSubject } }) };
}

function endOf({ ended, heads }: FakeDownstream): ResponseEnd {
  if (ended) return "complete";
  return heads === 0 ? "none" : "broken";
}

/** What a client on a connection would not take. */
function checkMessage(method: string, { status, headers, body }: ClientOutcome, heads: number): void {
  if (heads !== 1) throw new Error(`${heads} response heads`);
  const problems = isBodyless(method, status)
    ? body.length > 0 ? [`a body of ${body.length} bytes where there is none`] : []
    : lengthProblems(headers, body.length);
  if (problems.length > 0) throw new Error(problems.join("\n"));
}
