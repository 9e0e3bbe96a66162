/** An upstream of a test: records what it gets and answers as the test says. */
import { SluiceError } from "../errors.js";
import { messageOf } from "../thrown.js";
import type { AnswerSink } from "./answer-sink.js";
import { Answering } from "./answering.js";
import type { ReceivedRequest } from "./received-request.js";
import { expectationProblem, type RequestExpectation, showExpectation } from "./request-expectation.js";
import type { Driver, Scheduler } from "./scheduler.js";
import { UpstreamCall } from "./upstream-call.js";
import { type ReadyReply, readyReply, type UpstreamReply } from "./upstream-reply.js";

/** Says that the test does something step by step instead of all at once: answers of an upstream, or a request's body. */
export const byHand: unique symbol = Symbol("byHand");

/** A reply for a request that must look like this. */
export interface ExpectedRequest {
  expect: RequestExpectation;
  /** Default: 200 without a body. */
  reply?: UpstreamReply;
}

/**
 * How an upstream answers: always the same; one after the other, each once; what a function says; or `byHand`, by
 * {@link TestUpstream.next}.
 */
export type UpstreamScript =
  | UpstreamReply
  | readonly (UpstreamReply | ExpectedRequest)[]
  | ((request: ReceivedRequest) => UpstreamReply | Promise<UpstreamReply>)
  | typeof byHand;

/** An upstream of a test. */
export interface TestUpstream {
  readonly name: string;
  /** What it got, in order; requests that were refused are not among them. */
  readonly requests: readonly ReceivedRequest[];
  /** How many requests wait for `next()`. */
  readonly waiting: number;
  /**
   * The next request that waits to be answered by hand.
   *
   * @throws SluiceError TEST_STUCK when none comes without time passing, TEST_OPTIONS when the upstream answers by itself
   */
  next(): Promise<UpstreamCall>;
}

/** What an upstream needs of its gateway. */
export interface UpstreamHost {
  readonly scheduler: Scheduler;
  /** Answers may begin before the request is complete. */
  readonly earlyAnswers: boolean;
  /** Something came that the test did not expect. */
  problem(text: string): void;
}

export class ScriptedUpstream implements TestUpstream {
  readonly requests: ReceivedRequest[] = [];
  readonly #host: UpstreamHost;
  readonly #script: UpstreamScript;
  /** What is left of a sequence. */
  readonly #sequence: (UpstreamReply | ExpectedRequest)[] | undefined;
  readonly #calls: UpstreamCall[] = [];
  readonly #waiting: UpstreamCall[] = [];

  constructor(
    readonly name: string,
    script: UpstreamScript,
    host: UpstreamHost,
  ) {
    this.#host = host;
    this.#script = script;
    this.#sequence = Array.isArray(script) ? [...(script as readonly (UpstreamReply | ExpectedRequest)[])] : undefined;
  }

  async next(): Promise<UpstreamCall> {
    if (this.#script !== byHand) {
      throw new SluiceError(
        "TEST_OPTIONS",
        `upstream ${this.name} answers by itself; give it byHand to answer its requests with next().`,
      );
    }
    await this.#host.scheduler.settle();
    const call = this.#waiting.shift();
    if (call === undefined) {
      throw new SluiceError(
        "TEST_STUCK",
        `stuck: upstream ${this.name} got no request that next() has not given already.`,
      );
    }
    return call;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** A request has come: its head, or the whole. */
  take(sink: AnswerSink, policy: string | undefined): UpstreamCall {
    const call = new UpstreamCall(this.name, sink, policy, this.#host.scheduler);
    if (!this.#refuses()) {
      this.requests.push(call.request);
    }
    this.#calls.push(call);
    if (this.#script === byHand) {
      this.#waiting.push(call);
      return call;
    }
    const { random } = this.#host.scheduler;
    const early = this.#host.earlyAnswers && typeof this.#script !== "function" && random?.once(2) === true;
    this.#host.scheduler.add(
      new UntilComplete(sink, early || this.#refuses(), () => {
        this.#answer(call);
      }),
    );
    return call;
  }

  /** Requests that wait for a hand. */
  get held(): readonly UpstreamCall[] {
    return this.#script === byHand ? this.#calls.filter(({ over }) => !over) : [];
  }

  /** Every request that was not answered yet. */
  get open(): readonly UpstreamCall[] {
    return this.#calls.filter(({ over }) => !over);
  }

  /** What the test expected and did not come. */
  get unmet(): string[] {
    return (this.#sequence ?? []).map((entry) => ("expect" in entry ? showExpectation(entry.expect) : "any request"));
  }

  #refuses(): boolean {
    const reply = this.#sequence === undefined ? this.#script : this.#sequence[0];
    return typeof reply === "object" && "fail" in reply && reply.fail === "refused";
  }

  #answer(call: UpstreamCall): void {
    const { scheduler } = this.#host;
    const reply = this.#replyTo(call);
    const ready: Promise<ReadyReply> =
      typeof reply === "function"
        ? scheduler.trackFunction(
            (async () =>
              readyReply(await reply(call.request), `what the function of upstream ${this.name} returned`))(),
          )
        : scheduler.trackWork(readyReply(reply, `reply of upstream ${this.name}`));
    ready.then(
      (answer) => {
        scheduler.add(new Answering(call.sink, answer, scheduler));
      },
      (error: unknown) => {
        this.#host.problem(`upstream ${this.name}: ${messageOf(error)}`);
        scheduler.add(new Answering(call.sink, reset, scheduler));
      },
    );
  }

  #replyTo({
    request,
    policy,
  }: UpstreamCall): UpstreamReply | ((request: ReceivedRequest) => UpstreamReply | Promise<UpstreamReply>) {
    if (this.#sequence === undefined) {
      return this.#script as UpstreamReply;
    }
    const entry = this.#sequence.shift();
    const came = `${request.method} ${request.path}${policy === undefined ? "" : ` from ${policy}`}`;
    if (entry === undefined) {
      this.#host.problem(`upstream ${this.name}: expected no more requests, got ${came}`);
      return { fail: "reset" };
    }
    if (!("expect" in entry)) {
      return entry;
    }
    const problem = expectationProblem(entry.expect, request);
    if (problem !== undefined) {
      this.#host.problem(`upstream ${this.name}: expected ${showExpectation(entry.expect)}, got ${came}: ${problem}`);
      return { fail: "reset" };
    }
    return entry.reply ?? {};
  }
}

const reset: ReadyReply = { delayMilliseconds: 0, response: undefined, failure: "reset" };

/** Waits for the request that is to be answered. */
class UntilComplete implements Driver {
  over = false;

  constructor(
    private readonly sink: AnswerSink,
    private readonly early: boolean,
    private readonly answer: () => void,
  ) {}

  get worker(): number {
    return this.sink.worker;
  }

  step(): boolean {
    if (this.sink.over) {
      this.over = true;
      return false;
    }
    if (!this.sink.source.ended && !this.early) {
      return false;
    }
    this.over = true;
    this.answer();
    return true;
  }
}
