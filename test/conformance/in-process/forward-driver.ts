/** The upstream's side of a forwarded request: answers it as scripted. */
import type { VirtualClock } from "../../../src/testing/virtual-clock.js";
import type { FakeForward } from "../../support/fake-upstreams.js";
import { milliseconds, type Reply, type WholeReply } from "../runner/case-file.js";
import { contentLength, contentOf } from "../runner/payload.js";
import type { Arrival } from "../surroundings.js";
import { headerList, isBodyless } from "./heads.js";
import type { InMemoryBackend } from "./in-memory-backend.js";
import { sending, type Action } from "./sending.js";
import type { Driver } from "./world.js";

export class ForwardDriver implements Driver {
  readonly #forward: FakeForward;
  readonly #arrival: Arrival;
  readonly #backend: InMemoryBackend;
  readonly #clock: VirtualClock;
  readonly #refused: boolean;
  #actions: Action[] | undefined;

  constructor(forward: FakeForward, arrival: Arrival, backend: InMemoryBackend, clock: VirtualClock) {
    this.#forward = forward;
    this.#arrival = arrival;
    this.#backend = backend;
    this.#clock = clock;
    this.#refused = backend.answers.refuses;
  }

  get over(): boolean {
    return this.#forward.resets > 0 || this.#actions?.length === 0;
  }

  step(): boolean {
    if (this.#actions === undefined) {
      if (!this.#refused && !this.#arrival.complete && !this.#backend.answers.answersHeads) return false;
      this.#actions = this.#actionsFor(this.#backend.answer(this.#arrival));
      return true;
    }
    if (this.#actions[0]?.() !== true) return false;
    this.#actions.shift();
    return true;
  }

  #actionsFor(reply: Reply | undefined): Action[] {
    if (reply !== undefined && "fail" in reply && reply.fail === "timeout") return [];
    if (reply === undefined || "fail" in reply) return [this.#failing(this.#refused ? "unreachable" : "reset")];
    const { delay } = reply;
    return [...(delay === undefined ? [] : [this.#waiting(milliseconds(delay))]), ...this.#answering(reply)];
  }

  #failing(failure: "unreachable" | "reset"): Action {
    return () => {
      this.#forward.sink.onFailure(failure, "as scripted");
      return true;
    };
  }

  #waiting(time: number): Action {
    let due: boolean | undefined;
    return () => {
      if (due === undefined) {
        due = false;
        this.#clock.schedule(time, () => {
          due = true;
        });
      }
      return due;
    };
  }

  #answering(reply: WholeReply): Action[] {
    const { sink } = this.#forward;
    const { splitting, progress } = this.#backend.answers;
    const content = contentOf(reply);
    const bodyless = isBodyless(this.#arrival.method, reply.status);
    const headers = headerList(reply.headers ?? []);
    const without = content === undefined || bodyless || (!content.chunked && contentLength(content) === 0);
    if (!headers.includes("content-length") && !(bodyless && content === undefined) && content?.chunked !== true) {
      headers.push("content-length", String(content === undefined ? 0 : contentLength(content)));
    }
    const head: Action = () => {
      sink.onHeaders(reply.status, headers, without);
      return true;
    };
    if (without) return [head];
    return [head, ...sending(content, headerList(reply.trailers ?? []), splitting, progress, {
      paused: () => this.#forward.responsePaused,
      data: (chunk, end) => {
        sink.onData(chunk, end);
      },
      trailers: (trailers) => {
        sink.onTrailers(trailers);
      },
      abort: () => {
        sink.onFailure("reset", "as scripted");
      },
    })];
  }
}
