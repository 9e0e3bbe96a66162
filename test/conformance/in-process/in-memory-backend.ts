/** A backend without a socket: takes what the chain forwards and what policies call. */
import type { CallOutcome } from "../../../src/host/upstreams.js";
import type { FakeCall, FakeForward } from "../../support/fake-upstreams.js";
import { milliseconds, type Reply } from "../runner/case-file.js";
import { contentOf } from "../runner/payload.js";
import { ScriptedAnswers } from "../runner/scripted-answers.js";
import type { Arrival, Backend, BackendScript } from "../surroundings.js";
import { ForwardDriver } from "./forward-driver.js";
import { headerList, headerPairs, lengthProblems, requestHead } from "./heads.js";
import type { World } from "./world.js";

export class InMemoryBackend implements Backend {
  readonly answers: ScriptedAnswers;
  readonly #arrivals: Arrival[] = [];
  readonly #problems: string[] = [];
  /** What waits for the next script; undefined where nothing has to. */
  #waiting: (() => void)[] | undefined;

  constructor(readonly origin: string, fallback: Reply | undefined) {
    this.answers = new ScriptedAnswers(fallback);
  }

  get arrivals(): readonly Arrival[] {
    return this.#arrivals;
  }

  get problems(): readonly string[] {
    const untrue = this.#arrivals.filter(({ complete }) => complete).flatMap(({ headers, body }) => lengthProblems(headers, body.length));
    return [...this.#problems, ...untrue];
  }

  get unused(): number {
    return this.answers.unused;
  }

  script(script: BackendScript): Promise<void> {
    this.answers.replace(script);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const admit of waiting) admit();
    return Promise.resolve();
  }

  pause(): void {
    this.#waiting ??= [];
  }

  async untilAllClosed(): Promise<void> {
    // There are no connections.
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  takeForward(forward: FakeForward, world: World): void {
    const arrival = new ForwardArrival(forward);
    if (!this.answers.refuses) this.#arrivals.push(arrival);
    world.add(new ForwardDriver(forward, arrival, this, world.clock));
  }

  /** undefined: nobody expected this request, which is a problem. */
  answer(arrival: Arrival): Reply | undefined {
    const reply = this.answers.take(arrival);
    if (reply === undefined) this.#problems.push(`unexpected request: ${arrival.method} ${arrival.path}`);
    return reply;
  }

  /** Of a call that has been answered, or given up, nothing more is heard. */
  takeCall(call: FakeCall, { clock }: World): void {
    const { timeoutMilliseconds, bodyBytes } = call.limits;
    const arrival: Arrival = {
      ...requestHead(call.headers), body: Buffer.from(call.body ?? []), trailers: headerPairs(call.trailers), complete: true, broken: false,
    };
    const cancelTimeout = clock.schedule(timeoutMilliseconds, () => {
      call.done({ ok: false, failure: "timeout", detail: "no answer in time" });
    });
    const admit = () => {
      const refused = this.answers.refuses;
      if (!refused) this.#arrivals.push(arrival);
      const reply = this.answer(arrival);
      if (reply !== undefined && "fail" in reply && reply.fail === "timeout") return;
      const delay = reply !== undefined && "status" in reply && reply.delay !== undefined ? milliseconds(reply.delay) : 0;
      clock.schedule(delay, () => {
        cancelTimeout();
        if (!call.cancelled) call.done(outcomeOf(reply, refused ? "unreachable" : "reset", bodyBytes));
      });
    };
    if (this.#waiting === undefined) admit();
    else this.#waiting.push(admit);
  }
}

function outcomeOf(reply: Reply | undefined, failure: "unreachable" | "reset", bodyBytes: number): CallOutcome {
  if (reply === undefined || "fail" in reply) return { ok: false, failure, detail: "as scripted" };
  const parts = contentOf(reply)?.parts ?? [];
  const body = new Uint8Array(Buffer.concat(parts.filter((part) => Buffer.isBuffer(part))));
  if (parts.some((part) => !Buffer.isBuffer(part))) return { ok: false, failure: "reset", detail: "broken off" };
  if (body.length > bodyBytes) return { ok: false, failure: "too-large", detail: `${body.length} bytes` };
  return { ok: true, status: reply.status, headers: headerList(reply.headers ?? []), body, trailers: headerList(reply.trailers ?? []) };
}

class ForwardArrival implements Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: Arrival["headers"];

  constructor(private readonly forward: FakeForward) {
    const { method, path, headers } = requestHead(forward.headers);
    this.method = method;
    this.path = path;
    this.headers = headers;
  }

  get body(): Buffer {
    return Buffer.concat(this.forward.chunks);
  }

  get trailers(): Arrival["trailers"] {
    return headerPairs(this.forward.trailers ?? []);
  }

  get complete(): boolean {
    return this.forward.ended;
  }

  get broken(): boolean {
    return !this.forward.ended && this.forward.resets > 0;
  }
}
