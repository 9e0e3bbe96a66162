/** Draws a plan from a seed. */
import { type Body, type ChainSetup, isBodiless, type Plan, type Program, type Step } from "./plan.js";
import { Random } from "./random.js";

/** What plans may have in them, to leave out what is known to differ for now. */
export interface Scope {
  /** Answers and errors after `transform`, and within one. */
  transformDecisions: boolean;
  /** Filters that wait while they hold bytes of a body, in chains of more than one. */
  waitsInChains: boolean;
  /** Output of `transform` before the first chunk. */
  earlyOutput: boolean;
  /**
   * Promise jobs between two steps: docs/fidelity.md, "Promise jobs run". More of a message may have come by then, so these are for engines
   * that run modules only.
   */
  ticks: boolean;
  /** `setBody` where a message cannot have a body. */
  bodilessSetBody: boolean;
}

export const everything: Scope = {
  transformDecisions: true,
  waitsInChains: true,
  earlyOutput: true,
  ticks: false,
  bodilessSetBody: true,
};

export const setups: readonly ChainSetup[] = [1, 2, 3].flatMap((length) =>
  (["prevent", "allow"] as const).flatMap((partialRequests) =>
    (["deny", "allow"] as const).map((onError) => ({ length, partialRequests, onError })),
  ),
);

export function planOf(seed: number, scope: Scope = everything): Plan {
  return new Generator(seed, scope).plan();
}

class Generator {
  readonly #random: Random;
  readonly #calls: Record<string, "reply" | "reset"> = {};
  #names = 0;
  #waits = true;

  constructor(
    private readonly seed: number,
    private readonly scope: Scope,
  ) {
    this.#random = new Random(seed, "plan");
  }

  plan(): Plan {
    const random = this.#random;
    const setup = random.pick(setups);
    const method = random.weighted([
      [5, "POST"],
      [3, "GET"],
      [1, "PUT"],
      [1, "HEAD"],
      [1, "DELETE"],
    ]);
    const request = { method, body: method === "GET" || method === "HEAD" ? this.#maybeBody(15) : this.#maybeBody(85) };
    const status = random.weighted([
      [12, 200],
      [2, 404],
      [2, 503],
      [1, 204],
      [1, 304],
      [1, 201],
    ]);
    const reply = {
      status,
      body: isBodiless(method, status) ? { kind: "none" as const, chunks: [], trailers: false } : this.#maybeBody(80),
      early: random.chance(20),
      fails: random.weighted([
        [16, "never" as const],
        // Idempotent requests are sent once more: fidelity.md, "loses the connection before a byte of the response".
        [method === "POST" || method === "PUT" ? 1 : 0, "before" as const],
        [1, "within" as const],
      ]),
    };
    this.#waits = this.scope.waitsInChains || setup.length === 1;
    const programs = Array.from({ length: setup.length }, () => this.#program(request.body, reply.body));
    return {
      seed: this.seed,
      setup,
      protocol: random.chance(25) ? "HTTP/2" : "HTTP/1.1",
      request,
      reply,
      programs,
      calls: this.#calls,
    };
  }

  #maybeBody(percent: number): Body {
    const random = this.#random;
    if (!random.chance(percent)) {
      return { kind: "none", chunks: [], trailers: false };
    }
    const kind = random.pick(["length", "chunked"] as const);
    const count = random.weighted([
      [1, kind === "chunked" ? 0 : 1],
      [3, 1],
      [4, 2],
      [2, 3],
      [1, 5],
    ]);
    const chunks = Array.from({ length: count }, (_, index) =>
      String.fromCharCode(0x61 + index).repeat(1 + random.int(6)),
    );
    return { kind, chunks, trailers: kind === "chunked" && random.chance(30) };
  }

  #program(request: Body, response: Body): Program {
    const random = this.#random;
    return {
      request: random.chance(80) ? this.#steps("request", request) : [],
      response: random.chance(65) ? this.#steps("response", response) : [],
    };
  }

  #steps(phase: "request" | "response", body: Body): Step[] {
    const random = this.#random;
    const steps: Step[] = [];
    const maybe = (percent: number, ...more: Step[]): void => {
      if (random.chance(percent)) {
        steps.push(...more);
      }
    };
    maybe(50, this.#edit(phase));
    maybe(30, this.#wait());
    maybe(30, this.#edit(phase));
    maybe(12, ...this.#decision(phase));
    const state = random.weighted([
      [3, "none"],
      [3, "body"],
      [3, "headers-body"],
      [6, "stream"],
    ]);
    if (state === "none") {
      maybe(15, ...this.#decision(phase));
      return steps;
    }
    steps.push([state]);
    if (state === "stream") {
      maybe(20, this.#wait());
      this.#streaming(steps, phase, body);
    } else {
      maybe(40, this.#wait());
      maybe(50, ["set-body", random.pick(["", "x", "set by a policy"])]);
      if (state === "headers-body") {
        maybe(50, this.#edit(phase));
      }
    }
    if (!steps.some(([operation]) => operation === "transform") || this.scope.transformDecisions) {
      maybe(25, this.#wait());
      maybe(20, ["see"]);
      maybe(25, ...this.#decision(phase));
    }
    return steps;
  }

  #streaming(steps: Step[], phase: "request" | "response", { chunks }: Body): void {
    const random = this.#random;
    const from = chunks.length === 0 ? 0 : random.int(chunks.join("").length + 2);
    if (random.chance(50)) {
      const deed = random.weighted([
        [4, "none"],
        [this.#waits ? 3 : 0, "gate"],
        [this.#waits ? 2 : 0, "call"],
        [this.#waits ? 2 : 0, "sleep"],
        [this.scope.ticks ? 1 : 0, "tick"],
        [2, "break"],
        [2, "return"],
        [2, "throw"],
        [phase === "request" ? 2 : 0, "answer"],
      ]);
      steps.push(["read", from, deed, this.#parameter(deed)]);
      return;
    }
    const mode = random.weighted([
      [3, "upper"],
      [1, "same"],
      [this.scope.earlyOutput ? 2 : 0, "wrap"],
      [2, "double"],
      [1, "drop"],
      [this.scope.earlyOutput ? 1 : 0, "replace"],
    ]);
    const deed = random.weighted([
      [4, "none"],
      [this.#waits ? 3 : 0, "gate"],
      [this.#waits ? 2 : 0, "call"],
      [this.#waits ? 2 : 0, "sleep"],
      [this.scope.ticks ? 1 : 0, "tick"],
      [1, "return"],
      [this.scope.transformDecisions ? 2 : 0, "throw"],
    ]);
    steps.push(["transform", `${mode} ${deed}`, from, this.#parameter(deed)]);
  }

  #edit(phase: "request" | "response"): Step {
    const random = this.#random;
    const name = random.pick(["x-a", "x-b", "content-type"]);
    return random.weighted<Step>([
      [3, ["set", name, String(random.int(9))]],
      [2, ["append", name, String(random.int(9))]],
      [1, ["delete", name]],
      [1, phase === "request" ? ["path", `/changed/${random.int(9)}`] : ["status", random.pick([201, 404, 500])]],
      [1, ["see"]],
    ]);
  }

  #wait(): Step {
    const operation = this.#random.weighted([
      [this.#waits ? 1 : 0, "gate"],
      [this.#waits ? 1 : 0, "call"],
      [this.#waits ? 1 : 0, "sleep"],
      [this.scope.ticks ? 1 : 0, "tick"],
      [1, "see"],
    ]);
    return [operation, this.#parameter(operation)];
  }

  #decision(phase: "request" | "response"): Step[] {
    const random = this.#random;
    const status = random.pick([200, 403, 204]);
    const body = status === 204 ? "" : random.pick(["", "decided"]);
    return random.weighted<Step[]>([
      [2, [["throw"]]],
      [phase === "request" ? 6 : 0, [["answer", status, body, random.pick(["break", "return"])]]],
      [phase === "request" ? 2 : 0, [["continue", `data${random.int(9)}`]]],
      [phase === "response" ? 5 : 0, [["send", status, body]]],
    ]);
  }

  #parameter(operation: string): string | number {
    switch (operation) {
      case "gate":
        return `g@${this.#names++}`;
      case "call": {
        const path = `/call/@${this.#names++}`;
        this.#calls[path] = this.#random.weighted([
          [5, "reply"],
          [1, "reset"],
        ]);
        return path;
      }
      case "sleep":
        return this.#random.pick([0, 1, 5, 15]);
      default:
        return "";
    }
  }
}
