/** The command line of the comparison. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { comparable, type Difference, differencesOf } from "./compare.js";
import { findOrder, follow, type Reference } from "./drive.js";
import type { DrivenEngine } from "./exchange.js";
import { explanationOf } from "./explained.js";
import { planOf } from "./generate.js";
import { HarnessEngine } from "./harness-engine.js";
import { namedFor, type Plan } from "./plan.js";
import { shrink } from "./shrink.js";
import { enginesNamed, policyFile, startEngine } from "./start-engines.js";

export async function main(root: string, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
      count: { type: "string", default: "500" },
      engines: { type: "string", default: "gateway,module,envoy" },
      lanes: { type: "string", default: "4" },
      times: { type: "string", default: "1" },
      replay: { type: "string" },
      shrink: { type: "boolean", default: false },
      explained: { type: "boolean", default: false },
      show: { type: "boolean", default: false },
    },
  });
  const first = Number(values.seed);
  const count = Number(values.count);
  const lanes = Number(values.lanes);
  const times = Number(values.times);
  const harness = new HarnessEngine(policyFile(root), "native");
  const engines = await Promise.all(enginesNamed(values.engines).map((name) => startEngine(name, { root, lanes })));
  const replayed =
    values.replay === undefined ? undefined : (JSON.parse(await readFile(values.replay, "utf8")) as Plan);
  console.log(`seeds ${first} to ${first + count - 1}`);
  const found: { engine: DrivenEngine; plan: Plan; places: readonly string[] }[] = [];
  /** What docs/fidelity.md explains: by engine and row, the seeds. */
  const explained = new Map<string, Set<number>>();
  let next = first * times;
  let turn: Promise<unknown> = Promise.resolve();
  const referred = async (drawn: Plan, run: string): Promise<{ plan: Plan; run: string; reference: Reference }> => {
    const plan = namedFor(run, drawn);
    // The harness has one clock.
    const reference = turn.then(() => referenceOf(harness, plan, run));
    turn = reference.catch(() => undefined);
    return { plan, run, reference: await reference };
  };
  const one = async (): Promise<void> => {
    while (next < (first + count) * times) {
      const number = next++;
      const drawn = replayed ?? planOf(Math.floor(number / times));
      const { plan, run, reference } = await referred(drawn, `r${number}`);
      if (values.show) {
        console.log(JSON.stringify(plan));
        console.log(reference.events.map(({ event }) => event).join(", "));
        console.log(JSON.stringify(comparable(reference.outcome), null, 1));
      }
      await Promise.all(
        engines.map(async (engine) => {
          const { found: list, known, missed, lags } = await differencesOn(engine, plan, run, reference);
          for (const { row } of known) {
            const key = `${engine.name}: ${row}`;
            explained.set(key, (explained.get(key) ?? new Set()).add(plan.seed));
          }
          if (list.length > 0) {
            found.push({ engine, plan: drawn, places: placesOf(list) });
          }
          const shown = values.explained ? [...list, ...known] : list;
          if (shown.length > 0) {
            console.log(`\n=== seed ${plan.seed} ${engine.name} ${plan.protocol}`);
            for (const { place, expected: e, got, row } of shown) {
              const why = row === undefined ? "" : ` (${row})`;
              console.log(`  ${place}: expected ${JSON.stringify(e)}, got ${JSON.stringify(got)}${why}`);
            }
            console.log(`  missed ${missed.join(", ")}; lags ${lags.slice(0, 3).join("; ")}`);
          }
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: lanes }, one));
  const work = values.shrink ? found.values() : [].values();
  let shrunk = 0;
  const shrinkSome = async (): Promise<void> => {
    for (const { engine, plan, places } of work) {
      const smallest = await shrink(
        plan,
        async (candidate) => {
          const { plan: named, run, reference } = await referred(candidate, `s${shrunk++}`);
          const again = await differencesOn(engine, named, run, reference);
          return placesOf(again.found).some((place) => places.includes(place));
        },
        Date.now() + shrinkMilliseconds,
      );
      const file = `${root}.cache/fuzz-engines/${engine.name}-${plan.seed}.json`;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, JSON.stringify(smallest));
      console.log(`\n=== seed ${plan.seed} ${engine.name}, shrunk: ${file}\n${JSON.stringify(smallest)}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, shrinkSome));
  for (const engine of engines) {
    if (engine.defects().length > 0) {
      console.log(`${engine.name}: defects`, engine.defects().slice(0, 10));
    }
    await engine.close();
  }
  await harness.close();
  for (const [key, seeds] of [...explained].sort()) {
    console.log(`${seeds.size} seeds: ${key}`);
  }
  console.log(`${found.length} differences`);
  return found.length === 0 ? 0 : 1;
}

/** With the row of docs/fidelity.md that explains it. */
interface Judged extends Difference {
  row: string | undefined;
}

/** For one difference. */
const shrinkMilliseconds = 20_000;

/** Wherever in the chain: policies go and steps move as a plan shrinks. */
function placesOf(differences: readonly Difference[]): string[] {
  return differences.map(({ place }) => place.replace(/\d+/g, "#"));
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
): Promise<{ found: Judged[]; known: Judged[]; missed: readonly string[]; lags: readonly string[] }> {
  const exchange = await engine.open(plan, run);
  try {
    const { outcome, missed, lags } = await follow(exchange, reference);
    const all = differencesOf(reference.outcome, outcome);
    const whole = { differences: all, plan, reference, outcome };
    const judged = all.map((each): Judged => ({ ...each, row: explanationOf(engine.name, each, whole) }));
    return {
      found: judged.filter(({ row }) => row === undefined),
      known: judged.filter(({ row }) => row !== undefined),
      missed,
      lags,
    };
  } finally {
    await exchange.close();
  }
}
