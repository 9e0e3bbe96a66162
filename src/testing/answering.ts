/** An upstream's answer, as steps of a driver. */
import { firstValue } from "../abi/header-list.js";
import type { AnswerSink } from "./answer-sink.js";
import type { Driver, Scheduler } from "./scheduler.js";
import { type Action, hasNoBody, sending } from "./sending.js";
import { framedHeaders, isBodyless, type ReadyReply } from "./upstream-reply.js";

/** Answers a request, from the moment on when the reply is known. */
export class Answering implements Driver {
  readonly worker: number;
  readonly #sink: AnswerSink;
  #actions: Action[];

  constructor(sink: AnswerSink, reply: ReadyReply, scheduler: Scheduler) {
    this.worker = sink.worker;
    this.#sink = sink;
    this.#actions = actionsOf(sink, reply, scheduler);
  }

  get over(): boolean {
    return this.#sink.over || this.#actions.length === 0;
  }

  step(): boolean {
    if (this.#actions[0]?.() !== true) {
      return false;
    }
    this.#actions.shift();
    return true;
  }
}

function actionsOf(
  sink: AnswerSink,
  { delayMilliseconds, response, failure }: ReadyReply,
  scheduler: Scheduler,
): Action[] {
  const actions = delayMilliseconds > 0 ? [waiting(delayMilliseconds, scheduler)] : [];
  if (response !== undefined) {
    actions.push(...responding(sink, response, failure !== undefined, scheduler));
  }
  if (failure !== undefined && failure !== "never") {
    actions.push(() => {
      sink.fail(failure === "refused" ? "unreachable" : "reset", `The test's upstream: ${failure}.`);
      return true;
    });
  }
  return actions;
}

function waiting(milliseconds: number, { clock }: Scheduler): Action {
  let due: boolean | undefined;
  return () => {
    if (due === undefined) {
      due = false;
      clock.schedule(milliseconds, () => {
        due = true;
      });
    }
    return due;
  };
}

/** @param open the response does not end by itself: a failure follows */
function responding(
  sink: AnswerSink,
  response: NonNullable<ReadyReply["response"]>,
  open: boolean,
  { random }: Scheduler,
): Action[] {
  const { status, content, trailers } = response;
  const bodyless = isBodyless(firstValue(sink.source.headers, ":method") ?? "", status);
  const headers = framedHeaders(response.headers, content, bodyless);
  const ends = !open && (bodyless || hasNoBody(content, trailers));
  const head: Action = () => {
    sink.head(status, headers, ends);
    return true;
  };
  if (ends) {
    return [head];
  }
  if (!open) {
    return [head, ...sending(content ?? { chunks: [], chunked: true, contentType: undefined }, trailers, sink, random)];
  }
  return [
    head,
    ...(content?.chunks ?? []).map(
      (chunk): Action =>
        () => {
          if (sink.paused()) {
            return false;
          }
          sink.data(chunk.slice(), false);
          return true;
        },
    ),
  ];
}
