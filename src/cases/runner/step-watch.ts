/** What happens around a chain in one step: what reaches the backends, and what is logged. */
import type { LogLine } from "../engine.js";
import type { Arrival, Backend, Progress } from "../surroundings.js";
import { type ArrivalExpectations, arrivalProblems } from "./arrivals.js";
import type { Backends, Expectations } from "./case-file.js";
import { outboundProblems } from "./outbound.js";
import { shownLine } from "./shown-line.js";
import type { Splitting } from "./splitting.js";
import { pauseServices, type Stage } from "./stage.js";

/** What a backend has seen in this step. */
interface Watched {
  name: string;
  backend: Backend;
  arrivals: () => readonly Arrival[];
  problems: () => readonly string[];
}

export class StepWatch {
  readonly #stage: Stage;
  readonly #next: Backends;
  readonly #watched: readonly Watched[];
  readonly #unmatched: string[] = [];
  readonly #logged: number;

  /**
   * @param stragglers The beginning of a request that was broken off in the step before may reach its backend only now.
   * @param next What the next step lets answer while time passes.
   */
  constructor(stage: Stage, stragglers: boolean, next: Backends) {
    this.#stage = stage;
    this.#next = next;
    // What policies say when they are started belongs to the first step.
    this.#logged = stage.used ? stage.log().length : 0;
    stage.used = true;
    this.#watched = [...stage.backends].map(([name, backend]): Watched => {
      const [arrivals, problems] = [backend.arrivals.length, backend.problems.length];
      return {
        name,
        backend,
        arrivals: () => backend.arrivals.slice(arrivals).filter(({ broken }) => !(stragglers && broken)),
        problems: () => backend.problems.slice(problems),
      };
    });
  }

  /** From now on the backends answer so. */
  async begin(backends: Backends, splitting: Splitting, progress: Progress): Promise<void> {
    for (const { name, backend } of this.#watched) {
      // Where time passes by itself, what a timer sends may come before the step that lets time pass: it waits for that.
      if (this.#stage.realTime && backends[name] === undefined && this.#next[name] !== undefined) {
        continue;
      }
      await backend.script({
        exchanges: backends[name] ?? [],
        splitting,
        progress,
        onAnswered: (arrival, { match }) => {
          this.#unmatched.push(
            ...outboundProblems(arrival, match ?? {}).map((problem) => `call of ${name}: ${problem}`),
          );
        },
      });
    }
  }

  /** What comes from now on belongs to the next step. */
  end(): void {
    pauseServices(this.#stage.backends);
  }

  lines(): readonly LogLine[] {
    return this.#stage.log().slice(this.#logged);
  }

  /** What a policy of the runner's own (`stubs/record-….ts`) tells of a request; undefined as long as it does not. */
  recorded(what: "violation" | "forwarded", requestId: string): unknown {
    const line = this.lines().find(({ message, request }) => request === requestId && message.startsWith(`${what} `));
    return line && JSON.parse(line.message.slice(what.length + 1));
  }

  upstreamArrivals(): readonly Arrival[] {
    return this.#watched.find(({ name }) => name === "upstream")!.arrivals();
  }

  arrivalProblems(expect: ArrivalExpectations): string[] {
    return this.#watched.flatMap(({ name, arrivals, problems }) =>
      arrivalProblems(name, arrivals(), problems(), expect),
    );
  }

  /** The same of what has come so far, to be asked again later: what had only begun may have gone on. */
  arrivalProblemsLater(expect: ArrivalExpectations): () => string[] {
    const seen = this.#watched.map(({ name, arrivals, problems }) => ({ name, arrivals: arrivals(), problems }));
    return () => seen.flatMap(({ name, arrivals, problems }) => arrivalProblems(name, arrivals, problems(), expect));
  }

  /** Calls that were not as the script says, and scripted answers that nobody asked for. */
  scriptProblems(): string[] {
    return [
      ...this.#unmatched,
      ...this.#watched.flatMap(({ name, backend: { unused } }) =>
        unused > 0 ? [`${name}: replies that nobody asked for: ${unused}`] : [],
      ),
    ];
  }

  /** Each entry needs a line of its own. */
  logProblems(expected: NonNullable<Expectations["log"]>): string[] {
    const lines = this.lines();
    const rest = [...lines];
    const missing = expected.filter(({ level, contains }) => {
      const index = rest.findIndex((line) => (level === undefined || line.level === level) && holds(line, contains));
      if (index >= 0) {
        rest.splice(index, 1);
      }
      return index < 0;
    });
    const logged = lines.length === 0 ? " nothing" : lines.map((line) => `\n  ${shownLine(line)}`).join("");
    return missing.map((entry) => `log: expected a line ${JSON.stringify(entry)}, got${logged}`);
  }
}

/** As the engine wrote it, or as a case that fails shows it: that is what people copy from. */
function holds(line: LogLine, text: string): boolean {
  return line.text.includes(text) || shownLine(line).includes(text);
}
