/** Keeps stages open, for engines that are slow to start: cases of one file that are set up alike share one. */
import type { Engine } from "../engine.js";
import type { Case, CaseFile } from "./case-file.js";
import { openStage, type PartialRequests, type Stage } from "./stage.js";

export class StagePool {
  readonly #open = new Map<string, Promise<Stage>>();

  constructor(
    private readonly engine: Engine,
    private readonly file: CaseFile,
    private readonly partialRequests: PartialRequests,
  ) {}

  stage(testCase: Case): Promise<Stage> {
    const key = JSON.stringify([testCase.config, testCase.chain]);
    let stage = this.#open.get(key);
    if (stage === undefined) {
      stage = openStage(this.engine, this.file, testCase, this.partialRequests);
      this.#open.set(key, stage);
    }
    return stage;
  }

  async close(): Promise<void> {
    for (const stage of await Promise.allSettled(this.#open.values())) {
      if (stage.status === "fulfilled") await stage.value.close();
    }
  }
}
