/** What a backend still has to answer in this step. */

import type { Arrival, BackendScript, Progress } from "../surroundings.js";
import type { BackendExchange, Reply, WholeReply } from "./case-file.js";
import { asWritten, type Splitting } from "./splitting.js";

const nothing: BackendScript = {
  exchanges: [],
  splitting: asWritten,
  progress: { reached: () => false },
  onAnswered: () => undefined,
};

export class ScriptedAnswers {
  readonly #fallback: Reply | undefined;
  #script = nothing;
  #left: BackendExchange[] = [];

  /** @param fallback What is answered when nothing is scripted; without it such a request is a problem. */
  constructor(fallback: Reply | undefined) {
    this.#fallback = fallback;
  }

  replace(script: BackendScript): void {
    this.#script = script;
    this.#left = [...script.exchanges];
  }

  get splitting(): Splitting {
    return this.#script.splitting;
  }

  get progress(): Progress {
    return this.#script.progress;
  }

  /** The next request is not taken at all. */
  get refuses(): boolean {
    const reply = this.#left[0]?.reply;
    return reply !== undefined && "fail" in reply && reply.fail === "refused";
  }

  /** Whether the next answer does not wait for the end of its request. */
  get answersHeads(): boolean {
    const reply = this.#left[0]?.reply;
    return reply !== undefined && "status" in reply && reply.when === "head";
  }

  /** A refusal counts as used: nobody can tell how often it was tried. */
  get unused(): number {
    return this.#left.filter(({ repeat, reply }) => repeat !== true && !("fail" in reply && reply.fail === "refused"))
      .length;
  }

  /** undefined: this request was not to come. */
  take(arrival: Arrival): Reply | undefined {
    const [next] = this.#left;
    if (next === undefined) {
      return this.#fallback;
    }
    if (next.repeat !== true) {
      this.#left.shift();
    }
    this.#script.onAnswered(arrival, next);
    return next.reply;
  }
}

/** What the upstream of a route answers where a case says nothing. */
export const plainReply: WholeReply = { status: 200 };
