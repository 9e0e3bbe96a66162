/** Stages that are opened together, once: starting an engine takes longer than a case. Cases that are set up alike share one. */
import type { Engine } from "../../src/cases/engine.js";
import type { Splitting } from "../../src/cases/runner/splitting.js";
import {
  expects,
  type OpenStages,
  openStages,
  type Stage,
  type Variant,
  workersOf,
} from "../../src/cases/runner/stage.js";

/** A case, run once. */
export interface Run extends Variant {
  splitting: Splitting;
}

const remembering = ["cache", "lock", "storage", "storage-remote", "rate-limit", "spike-control", "clock"];

/** What its policies do depends on what was before: nobody else may have used its stage. */
export function remembers({ file, testCase }: Variant): boolean {
  return [...file.needs, ...(testCase.needs ?? [])].some((capability) => remembering.includes(capability));
}

export class StagePool {
  readonly #engine: Engine;
  readonly #places = new Map<Run | string, number>();
  readonly #variants: Variant[] = [];
  #opened: Promise<OpenStages> | undefined;

  /** @param runs All that will be asked for. */
  constructor(engine: Engine, runs: readonly Run[]) {
    this.#engine = engine;
    for (const run of runs) {
      const key = keyOf(run);
      if (this.#places.has(key)) {
        continue;
      }
      this.#places.set(key, this.#variants.length);
      this.#variants.push(run);
    }
  }

  /** Opens all of them, if they are not open yet. */
  async open(): Promise<OpenStages> {
    return (this.#opened ??= openByWorkers(this.#engine, this.#variants));
  }

  async stage(run: Run): Promise<Stage> {
    const { stages } = await this.open();
    return stages[this.#places.get(keyOf(run))!]!;
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.close();
    // Vitest keeps its tests until all are done, and they keep the pool.
    this.#opened = undefined;
  }
}

/** With a start for each number of workers: one that several cases share has as many as the one that wants most. */
async function openByWorkers(engine: Engine, variants: readonly Variant[]): Promise<OpenStages> {
  const workers = variants.map(({ file, testCase }) => workersOf(file, testCase));
  const places = [...new Set(workers)].map((wanted) =>
    [...variants.keys()].filter((place) => workers[place] === wanted),
  );
  const opened: OpenStages[] = [];
  const close = async () => {
    await Promise.all(opened.map((each) => each.close()));
  };
  try {
    for (const group of places) {
      opened.push(
        await openStages(
          engine,
          group.map((place) => variants[place]!),
        ),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  const inOrder = places.flat();
  const stages = opened.flatMap((each) => each.stages);
  return { stages: variants.map((_, place) => stages[inOrder.indexOf(place)]!), close };
}

function keyOf(run: Run): Run | string {
  const { file, testCase, partialRequests } = run;
  if (remembers(run)) {
    return run;
  }
  const { config, chain, onError, limits } = testCase;
  const recorded = [expects(testCase, "violation"), expects(testCase, "forwarded")];
  const workers = workersOf(file, testCase);
  return JSON.stringify([file.policy, config, chain, onError, limits, partialRequests, workers, recorded]);
}
