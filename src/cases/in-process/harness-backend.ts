/** A backend without a socket: an upstream of a test that is answered by hand, as the script says. */
import type { UpstreamCall } from "../../testing/index.js";
import { milliseconds, type Reply, type WholeReply } from "../runner/case-file.js";
import { contentLength, contentOf } from "../runner/payload.js";
import { isBodyless, replyHeaders } from "../runner/reply-head.js";
import { ScriptedAnswers } from "../runner/scripted-answers.js";
import type { Pairs } from "../runner/value-matcher.js";
import type { Arrival, Backend, BackendScript } from "../surroundings.js";
import type { Actor } from "./conductor.js";
import { lengthProblems } from "./heads.js";
import { type Action, sending } from "./sending.js";

export class HarnessBackend implements Backend {
  readonly answers: ScriptedAnswers;
  /** Until the next script what comes waits. */
  paused = false;
  readonly #arrivals: Arrival[] = [];
  /** Those whose length is not known yet. */
  #incomplete: Arrival[] = [];
  readonly #problems: string[] = [];

  /** @param onClose It will not be asked any more. */
  constructor(
    readonly origin: string,
    fallback: Reply | undefined,
    private readonly onClose: () => void,
  ) {
    this.answers = new ScriptedAnswers(fallback);
  }

  get arrivals(): readonly Arrival[] {
    return this.#arrivals;
  }

  get problems(): readonly string[] {
    // Once: whoever waits asks again and again.
    const ended = this.#incomplete.filter(({ complete }) => complete);
    this.#incomplete = this.#incomplete.filter((arrival) => !ended.includes(arrival));
    this.#problems.push(...ended.flatMap(({ headers, body }) => lengthProblems(headers, body.length)));
    return this.#problems;
  }

  get unused(): number {
    return this.answers.unused;
  }

  script(script: BackendScript): Promise<void> {
    this.answers.replace(script);
    this.paused = false;
    return Promise.resolve();
  }

  pause(): void {
    this.paused = true;
  }

  async untilAllClosed(): Promise<void> {
    // There are no connections.
  }

  close(): Promise<void> {
    this.onClose();
    return Promise.resolve();
  }

  /** A request whose head has come, on a clock. */
  take(call: UpstreamCall, now: () => number): Actor {
    return new Answerer(this, call, now);
  }

  arrived(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.#incomplete.push(arrival);
  }

  /** undefined: nobody expected this request, which is a problem. */
  answer(arrival: Arrival): Reply | undefined {
    const reply = this.answers.take(arrival);
    if (reply === undefined) {
      this.#problems.push(`unexpected request: ${arrival.method} ${arrival.path}`);
    }
    return reply;
  }
}

/** Answers one request. */
class Answerer implements Actor {
  due: number | undefined;
  readonly #backend: HarnessBackend;
  readonly #call: UpstreamCall;
  readonly #now: () => number;
  #arrival: Arrival | undefined;
  #actions: Action[] | undefined;

  constructor(backend: HarnessBackend, call: UpstreamCall, now: () => number) {
    this.#backend = backend;
    this.#call = call;
    this.#now = now;
  }

  get over(): boolean {
    return this.#actions?.length === 0 || (this.#call.over && this.#arrival !== undefined);
  }

  async step(): Promise<boolean> {
    if (this.#arrival === undefined) {
      return this.#arrive();
    }
    this.#actions ??= this.#begin();
    if ((await this.#actions?.[0]?.()) !== true) {
      return false;
    }
    this.#actions?.shift();
    return true;
  }

  #arrive(): boolean {
    if (this.#backend.paused) {
      return false;
    }
    this.#arrival = arrivalOf(this.#call);
    if (this.#backend.answers.refuses) {
      this.#actions = this.#actionsFor(this.#backend.answer(this.#arrival), "refused");
    } else {
      this.#backend.arrived(this.#arrival);
    }
    return true;
  }

  /** The answer, once the request may be answered. */
  #begin(): Action[] | undefined {
    const arrival = this.#arrival as Arrival;
    if (!arrival.complete && !this.#backend.answers.answersHeads) {
      return undefined;
    }
    return this.#actionsFor(this.#backend.answer(arrival), "reset");
  }

  #actionsFor(reply: Reply | undefined, failure: "refused" | "reset"): Action[] {
    if (reply !== undefined && "fail" in reply && reply.fail === "timeout") {
      return [];
    }
    if (reply === undefined || "fail" in reply) {
      return [
        async () => {
          await this.#call.reply({ fail: failure });
          return true;
        },
      ];
    }
    return [
      ...(reply.delay === undefined ? [] : [this.#waiting(milliseconds(reply.delay))]),
      ...this.#answering(reply),
    ];
  }

  #waiting(time: number): Action {
    this.due = this.#now() + time;
    return () => {
      if (this.#now() < (this.due ?? 0)) {
        return Promise.resolve(false);
      }
      this.due = undefined;
      return Promise.resolve(true);
    };
  }

  #answering(reply: WholeReply): Action[] {
    const call = this.#call;
    const { splitting, progress } = this.#backend.answers;
    const content = contentOf(reply);
    const bodyless = isBodyless(call.request.method, reply.status);
    const headers = replyHeaders(call.request.method, reply);
    if (content === undefined || bodyless || (!content.chunked && contentLength(content) === 0)) {
      return [
        async () => {
          await call.reply({ status: reply.status, headers });
          return true;
        },
      ];
    }
    const head: Action = async () => {
      await call.head(reply.status, headers);
      return true;
    };
    return [
      head,
      ...sending(content, reply.trailers ?? [], splitting, progress, {
        get paused() {
          return call.paused;
        },
        send: (chunk) => call.send(chunk),
        end: (chunk) => call.end(chunk),
        sendTrailers: (trailers) => call.sendTrailers(trailers),
        abort: () => call.reset(),
      }),
    ];
  }
}

function arrivalOf({ request }: UpstreamCall): Arrival {
  const { method, path, authority, headerLines } = request;
  return {
    method,
    path,
    headers: [["host", authority], ...headerLines],
    get body() {
      return Buffer.from(request.bytes.buffer);
    },
    get trailers(): Pairs {
      return Object.entries(request.trailers);
    },
    get complete() {
      return request.complete;
    },
    get broken() {
      return request.broken;
    },
  };
}
