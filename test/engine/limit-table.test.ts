/** Tables of limits in the engine are those of the kit: the same decisions, results and bytes. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import type { Hostcalls } from "../../src/abi/port.js";
import { buildEngine } from "../../src/engine/build-engine.js";
import { snapshotModule } from "../../src/engine/snapshot.js";
import { SharedData } from "../../src/host/shared/shared-data.js";
import { decideIn } from "../../src/state/limit-buckets.js";
import { type Algorithm, algorithms, exactTiers, type Tier } from "../../src/state/tiers.js";
import { Random } from "../../src/testing/random.js";
import { startBareEngine } from "../support/bare-engine.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

interface Step {
  key: string;
  amount: number;
  mode: number;
  since: number;
  now: number;
  /** How often another worker is faster. */
  races: number;
}

interface Table {
  name: string;
  parameters: number[];
  steps: Step[];
}

const bundle = `
  exports.createGuest = (host, { decideLimit, setLimits }) => ({
    // Modules import what is named: setSharedData.
    onContextCreate() { setLimits(60_000, 67_108_864); },
    onTick() {
      const { name, parameters, steps } = JSON.parse(host.getSharedData("table of the test")[0].reduce((text, byte) => text + String.fromCharCode(byte), ""));
      const bytes = new Uint8Array(new Float64Array(parameters).buffer);
      for (const { key, amount, mode, since } of steps) {
        host.log(2, decideLimit(name, bytes, key, amount, mode, since).join());
      }
    },
  });`;

/** Shared data in which another worker writes, as often as a step says, just before a decision does. */
function racing(data: SharedData, races: () => boolean): Pick<Hostcalls, "getSharedData" | "setSharedData"> {
  return {
    getSharedData: (key) => data.get("", key),
    setSharedData: (key, value, cas) => {
      if (races()) {
        data.set("", key, data.get("", key)?.[0] ?? new Uint8Array(), 0);
      }
      return data.set("", key, value ?? new Uint8Array(), cas);
    },
  };
}

const keys = [
  "",
  "a",
  "ada",
  "10.0.0.1",
  "ä",
  "日本語",
  "x".repeat(300),
  ...Array.from({ length: 60 }, (_, index) => `client ${index}`),
];

function drawn(random: Random): Table {
  const tiers = Array.from({ length: 1 + random.below(3) }, (): Tier => {
    const algorithm = algorithms[random.below(4)] as Algorithm;
    const limit = 1 + random.below(6);
    return { algorithm, limit, milliseconds: [1, 10, 100 / 7, 1_000][random.below(4)]!, wait: random.below(2) * 50 };
  });
  let now = 1_700_000_000_000 + random.below(1_000);
  const known = keys.slice(0, 2 + random.below(keys.length - 2));
  return {
    name: "sluice/use/table/",
    parameters: [
      1 + random.below(4),
      random.below(2 ** 31) * 2,
      random.below(2 ** 31) * 2 + 1,
      tiers.length,
      ...exactTiers(tiers).flatMap(({ algorithm, limit, period, wait }) => [
        algorithms.indexOf(algorithm),
        limit,
        period,
        wait,
      ]),
    ],
    steps: Array.from({ length: 150 }, (): Step => {
      now += random.below(3) * random.below(40) - (random.once(20) ? 5 : 0);
      return {
        key: known[random.below(known.length)]!,
        amount: random.below(4),
        mode: [0, 0, 0, 1, 2, 3][random.below(6)]! + (random.once(6) ? 8 : 0),
        since: random.once(3) ? 0 : now - random.below(100),
        now,
        races: random.once(10) ? 1 + random.below(3) : random.once(100) ? 64 : 0,
      };
    }),
  };
}

let wasm: Uint8Array;
beforeAll(async () => {
  wasm = await snapshotModule(await buildEngine(cacheDir), bundle);
}, 300_000);

it("decides as the kit's own code does, which it stands in the place of, and leaves the same bytes", async () => {
  let data = new SharedData();
  let lines: string[] = [];
  let steps: Step[] = [];
  const racesOf = (step: () => Step | undefined) => {
    const done = new Map<Step, number>();
    return (): boolean => {
      const current = step();
      const before = current === undefined ? 0 : (done.get(current) ?? 0);
      if (current === undefined || before >= current.races) {
        return false;
      }
      done.set(current, before + 1);
      return true;
    };
  };
  let races = (): boolean => false;
  const engine = await startBareEngine(wasm, {
    getSharedData: (key) => racing(data, races).getSharedData(key),
    setSharedData: (key, value, cas) => racing(data, races).setSharedData(key, value, cas),
    getCurrentTimeMilliseconds: () => steps[lines.length]?.now ?? 0,
    log: (_level, line) => lines.push(line),
  });

  const buckets = (of: SharedData, table: Table): string[] =>
    Array.from({ length: table.parameters[0]! }, (_, index) =>
      Buffer.from(of.get("", table.name + String(index))?.[0] ?? []).toString("hex"),
    );
  const seen = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    const table = drawn(new Random(seed));
    const make = (): SharedData => {
      const made = new SharedData();
      for (let index = 0; index < table.parameters[0]!; index++) {
        made.set("", table.name + String(index), new Uint8Array(), 0);
      }
      return made;
    };
    data = make();
    data.set(
      "",
      "table of the test",
      new TextEncoder().encode(
        JSON.stringify({ ...table, steps: table.steps.map((step) => ({ ...step, key: step.key })) }).replace(
          /[^\0-~]/g,
          (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
        ),
      ),
      0,
    );
    lines = [];
    ({ steps } = table);
    races = racesOf(() => steps[lines.length]);
    engine["proxy_on_tick"]!(1);

    const own = make();
    let at = 0;
    const racy = racing(
      own,
      racesOf(() => table.steps[at]),
    );
    const decide = decideIn(
      {
        get: (key) => racy.getSharedData(key),
        set: (key, value, cas) => racy.setSharedData(key, value, cas),
        prefix: "",
      },
      () => table.steps[at]!.now,
    );
    const parameters = new Uint8Array(new Float64Array(table.parameters).buffer);
    const expected = table.steps.map(({ key, amount, mode, since }, index) => {
      at = index;
      const decision = decide(table.name, parameters, key, amount, mode, since);
      seen.add(`mode ${mode & 7}, bits ${decision[0]}`);
      return decision.join();
    });
    expect({ seed, lines }).toEqual({ seed, lines: expected });
    expect({ seed, buckets: buckets(data, table) }).toEqual({ seed, buckets: buckets(own, table) });
  }
  // Allowed, refused, early ones and contended ones were among them.
  expect([...seen].sort()).toEqual(
    expect.arrayContaining([
      "mode 0, bits 0",
      "mode 0, bits 1",
      "mode 0, bits 2",
      "mode 0, bits 3",
      "mode 0, bits 4",
      "mode 0, bits 9",
      "mode 0, bits 11",
      "mode 2, bits 8",
      "mode 3, bits 9",
    ]),
  );
});
