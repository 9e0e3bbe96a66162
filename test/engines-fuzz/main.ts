/** The command line of the comparison. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { comparable, type Difference, differencesOf } from "./compare.js";
import { findOrder, follow, type Reference } from "./drive.js";
import type { DrivenEngine } from "./exchange.js";
import { explanationOf } from "./explained.js";
import { everything, planOf } from "./generate.js";
import { HarnessEngine } from "./harness-engine.js";
import { namedFor, type Plan } from "./plan.js";
import { type EngineName, policyFile, startEngine } from "./start-engines.js";

export async function main(root: string, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
      count: { type: "string", default: "500" },
      engines: { type: "string", default: "gateway,module,envoy" },
      lanes: { type: "string", default: "4" },
      all: { type: "boolean", default: false },
      times: { type: "string", default: "1" },
      replay: { type: "string" },
      show: { type: "boolean", default: false },
    },
  });
  const first = Number(values.seed);
  const count = Number(values.count);
  const lanes = Number(values.lanes);
  const times = Number(values.times);
  const harness = new HarnessEngine(policyFile(root), "native");
  const engines = await Promise.all(
    values.engines.split(",").map((name) => startEngine(name as EngineName, { root, lanes })),
  );
  const scope = values.all
    ? everything
    : { ...everything, transformDecisions: false, waitsInChains: false, earlyOutput: false, bodilessSetBody: false };
  const replayed =
    values.replay === undefined ? undefined : (JSON.parse(await readFile(values.replay, "utf8")) as Plan);
  console.log(`seeds ${first} to ${first + count - 1}`);
  let found = 0;
  let next = first * times;
  let turn: Promise<unknown> = Promise.resolve();
  const one = async (): Promise<void> => {
    while (next < (first + count) * times) {
      const number = next++;
      const run = `r${number}`;
      const plan = namedFor(run, replayed ?? planOf(Math.floor(number / times), scope));
      // The harness has one clock.
      const reference = turn.then(() => referenceOf(harness, plan, run));
      turn = reference.catch(() => undefined);
      const expected = await reference;
      if (values.show) {
        console.log(JSON.stringify(plan));
        console.log(expected.events.map(({ event }) => event).join(", "));
        console.log(JSON.stringify(comparable(expected.outcome), null, 1));
      }
      await Promise.all(
        engines.map(async (engine) => {
          const { found: list, missed, lags } = await differencesOn(engine, plan, run, expected);
          if (list.length > 0) {
            found++;
            console.log(`\n=== seed ${plan.seed} ${engine.name} ${plan.protocol}`);
            for (const { place, expected: e, got } of list) {
              console.log(`  ${place}: expected ${JSON.stringify(e)}, got ${JSON.stringify(got)}`);
            }
            console.log(`  missed ${missed.join(", ")}; lags ${lags.slice(0, 3).join("; ")}`);
          }
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: lanes }, one));
  for (const engine of engines) {
    if (engine.defects().length > 0) {
      console.log(`${engine.name}: defects`, engine.defects().slice(0, 10));
    }
    await engine.close();
  }
  await harness.close();
  console.log(`${found} differences`);
  return found === 0 ? 0 : 1;
}

async function referenceOf(harness: DrivenEngine, plan: Plan, run: string): Promise<Reference> {
  const exchange = await harness.open(plan, run);
  try {
    return await findOrder(exchange, plan);
  } finally {
    await exchange.close();
  }
}

async function differencesOn(
  engine: DrivenEngine,
  plan: Plan,
  run: string,
  reference: Reference,
): Promise<{ found: Difference[]; missed: readonly string[]; lags: readonly string[] }> {
  const exchange = await engine.open(plan, run);
  try {
    const { outcome, missed, lags } = await follow(exchange, reference);
    const all = differencesOf(reference.outcome, outcome);
    return { found: all.filter((each) => explanationOf(engine.name, each, plan) === undefined), missed, lags };
  } finally {
    await exchange.close();
  }
}
