/** What engines find in the Map of a cache is what the cache finds by itself, and leaves the same order. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { buildEngine } from "../../src/engine/build-engine.js";
import { snapshotModule } from "../../src/engine/snapshot.js";
import { findFreshBy } from "../../src/host/native/find-fresh.js";
import { Random } from "../../src/testing/random.js";
import { startModule } from "../support/module-host.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

type Step = ["set", key: string, freshUntil: number | null] | ["find", key: string] | ["delete", key: string];

/** Does the steps, null standing for Infinity, and tells what is found and in which order all is at the end. */
function runSteps(steps: Step[], findFresh: ReturnType<typeof findFreshBy>): unknown {
  const map = new Map<string, { freshUntil: number; key: string; step: number }>();
  const found = steps.map(([what, key, freshUntil], step) => {
    if (what === "set") {
      map.set(key, { freshUntil: freshUntil ?? Infinity, key, step });
    } else if (what === "delete") {
      map.delete(key);
    } else {
      return findFresh(map, key)?.step ?? null;
    }
    return null;
  });
  return { found, order: [...map.keys()] };
}

const bundle = `
  const runSteps = ${runSteps.toString()};
  exports.createGuest = (host, { findFresh, setLimits }) => ({
    onContextCreate() { setLimits(60_000, 67_108_864); },
    onTick() {
      const [, steps] = host.getHeaderMapPairs(0);
      host.log(2, JSON.stringify(runSteps(JSON.parse(steps), findFresh)));
      host.log(2, JSON.stringify([
        findFresh(new Map([["a", 1], ["b", { freshUntil: "soon" }]]), "a"),
        findFresh(new Map([["a", 1], ["b", { get freshUntil() { return Infinity; } }]]), "b"),
        findFresh({}, "a"),
      ].map(String)));
    },
  });`;

let wasm: Uint8Array;
beforeAll(async () => {
  wasm = await snapshotModule(await buildEngine(cacheDir), bundle);
}, 300_000);

it("finds the same, and leaves the same order, under any steps", async () => {
  const host = await startModule(wasm);
  const now = 1_700_000_000_000;
  host.clock = () => BigInt(now) * 1_000_000n;
  for (let seed = 1; seed <= 50; seed++) {
    const random = new Random(seed);
    const keys = ["", "a", "b", "__proto__", "\u00e9", ...Array.from({ length: 20 }, (_, index) => `key ${index}`)];
    const steps = Array.from({ length: 300 }, (): Step => {
      const key = keys[random.below(2 + random.below(keys.length - 1))]!;
      if (random.once(3)) {
        return ["set", key, random.once(3) ? null : now - 1 + random.below(3)];
      }
      return [random.once(8) ? "delete" : "find", key];
    });
    host.headers = [["steps", JSON.stringify(steps)]];
    host.log.length = 0;
    host.exports["proxy_on_tick"]!(1);
    expect({ seed, log: host.log.map((line) => JSON.parse(line) as unknown) }).toEqual({
      seed,
      // What is no entry is none.
      log: [
        runSteps(
          steps,
          findFreshBy(() => now),
        ),
        ["undefined", "undefined", "undefined"],
      ],
    });
  }
});
