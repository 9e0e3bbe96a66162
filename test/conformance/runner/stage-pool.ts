/** The stages of one file: for engines that are slow to start all are opened together, once, and cases that are set up alike share one. */
import type { Engine } from "../engine.js";
import type { CaseFile } from "./case-file.js";
import { openStages, type OpenStages, type Stage, type Variant } from "./stage.js";

export class StagePool {
  readonly #engine: Engine;
  readonly #file: CaseFile;
  readonly #places = new Map<string, number>();
  readonly #variants: Variant[] = [];
  #opened: Promise<OpenStages> | undefined;

  /** @param variants All that will be asked for. */
  constructor(engine: Engine, file: CaseFile, variants: readonly Variant[]) {
    this.#engine = engine;
    this.#file = file;
    for (const variant of variants) {
      const key = keyOf(variant);
      if (this.#places.has(key)) continue;
      this.#places.set(key, this.#variants.length);
      this.#variants.push(variant);
    }
  }

  async stage(variant: Variant): Promise<Stage> {
    this.#opened ??= openStages(this.#engine, this.#file, this.#variants);
    const { stages } = await this.#opened;
    return stages[this.#places.get(keyOf(variant))!]!;
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.close();
  }
}

function keyOf({ testCase: { config, chain, onError, limits }, partialRequests }: Variant): string {
  return JSON.stringify([config, chain, onError, limits, partialRequests]);
}
