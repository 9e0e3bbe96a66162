/** A module gives filters what they await by itself where that is there already: the host sees the same, in the same order, as where the guest does. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { compileModule } from "../../src/compiler/build-module.js";
import { type Headers, RunningPolicies, type Seen, type Use } from "../support/running-policies.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const names = ["awaits", "gate", "trail", "waiter"];
const [awaits, gate, trail, waiter] = names.map((policy): Use => ({ policy })) as [Use, Use, Use, Use];

let wasm: Uint8Array;
beforeAll(async () => {
  ({ wasm } = await compileModule(
    names.map((name) => ({ name, file: fileURLToPath(new URL(`./policies/${name}.ts`, import.meta.url)) })),
    { cacheDir },
  ));
}, 300_000);

const kinds = [
  ...["there", "heir", "stranger", "refused", "job", "rejected", "thenable", "never", "sleep", "tick", "value"],
  ...["throw", "loop", "keep", "body"],
];
const deeds = [...kinds, ...["there", "tick", "job"].flatMap((first) => kinds.map((kind) => `${first} ${kind} there`))];

const requests: Headers[] = ["", ...deeds, "there deny", "tick deny", "catch there", "there there catch job"].map(
  (deed) => ({ "x-q": deed }),
);
const responses: Headers[] = [...deeds, "answer", "there answer", "tick answer"].map((deed) => ({ "x-r": deed }));
const both: Headers[] = [
  { "x-q": "there keep", "x-r": "there keep" },
  { "x-q": "tick", "x-r": "tick" },
  { "x-q": "there deny", "x-r": "there" },
  { "x-q": "there deny", "x-r": "sleep" },
  { "x-q": "there", "x-r": "there", "x-refuse": "1" },
  { "x-q": "there deny", "x-r": "there answer" },
];

/** How often a timer is asked for depends on the clock. */
function exchange(running: RunningPolicies, headers: Headers): Seen {
  const seen = running.exchange(headers);
  return { ...seen, calls: seen.calls.filter((call) => !String(call).startsWith("proxy_set_tick_period")) };
}

describe("the host sees the same as where the guest drives the filters", () => {
  it.each<[string, Use[], Headers[]]>([
    ["requests of one policy", [awaits], requests],
    ["responses of one policy", [awaits], responses],
    ["both heads of one policy", [awaits], both],
    ["requests among others", [trail, awaits, gate], requests],
    ["responses among others", [trail, awaits, gate, awaits], responses],
    ["both heads among others", [awaits, trail, awaits, gate], both],
  ])(
    "of %s",
    async (_what, uses, cases) => {
      const prepared = await RunningPolicies.start(wasm, uses);
      const guests = await RunningPolicies.start(wasm, [...uses, waiter]);
      for (const headers of cases) {
        for (const now of [headers, {}, headers, headers, {}]) {
          expect(exchange(prepared, now), JSON.stringify(headers)).toEqual(exchange(guests, now));
        }
      }
    },
    120_000,
  );
});
