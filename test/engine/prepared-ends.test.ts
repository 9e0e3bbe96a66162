/**
 * A module runs the filters of policies without its guest also where they are told of the end of an exchange, and sends an answer again
 * which others see on its way: the host sees what it sees where the guest does all.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { compileModule, compilePolicy } from "../../src/compiler/build-module.js";
import { startModule } from "../support/module-host.js";
import { type Headers, RunningPolicies, type Use } from "../support/running-policies.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const fileOf = (name: string): string => fileURLToPath(new URL(`./policies/${name}.ts`, import.meta.url));
const names = ["trail", "gate", "both-keeper", "accountant", "ledger", "waiter"];

let several: Uint8Array;
let alone: Uint8Array;
let ledgerAlone: Uint8Array;
beforeAll(async () => {
  ({ wasm: several } = await compileModule(
    names.map((name) => ({ name, file: fileOf(name) })),
    { cacheDir },
  ));
  ({ wasm: alone } = await compilePolicy(fileOf("accountant"), { cacheDir }));
  ({ wasm: ledgerAlone } = await compilePolicy(fileOf("ledger"), { cacheDir }));
}, 300_000);

const [trail, gate, keeper, accountant, ledger, waiter] = names.map((policy): Use => ({ policy })) as [
  Use,
  Use,
  Use,
  Use,
  Use,
  Use,
];
const opened: Use = { policy: "accountant", onError: "allow" };

/** What exchanges are asked to do. */
const cases: Headers[] = [
  {},
  { "x-text": "text" },
  ...["refuse-all", "refuse"].flatMap((refuses) =>
    [
      "",
      ...[
        "x-r-edit",
        "x-r-read",
        "x-r-keep",
        "x-r-keep-5",
        "x-r-mark",
        "x-r-freeze",
        "x-r-later",
        "x-r-tell",
        "x-r-status",
      ],
      ...["x-r-answer", "x-r-throw", "x-r-loop", "x-r-loop-in-result"],
      ...["x-r-keep-all", "x-r-throw-all", "x-r-answer-all", "x-done-keep"],
    ].map((does) => ({ [`x-${refuses}`]: "1", ...(does !== "" && { [does]: "1" }) })),
  ),
  ...["x-q-keep-all", "x-q-throw-all", "x-r-keep-all", "x-r-throw-all", "x-r-answer-all"].map((does) => ({
    [does]: "1",
  })),
  ...["x-done-keep", "x-done-throw", "x-done-loop"].map((does) => ({ [does]: "1" })),
  ...["x-q-loop", "x-r-loop", "x-q-answer", "x-r-answer", "x-q-edit", "x-r-edit"].map((does) => ({ [does]: "1" })),
];

function expectSame(prepared: RunningPolicies, guests: RunningPolicies): void {
  for (const headers of cases) {
    for (const now of [headers, {}, headers, headers, {}]) {
      expect(prepared.exchange(now), JSON.stringify(headers)).toEqual(guests.exchange(now));
    }
  }
}

describe("the host sees the same as where the guest runs all", () => {
  it.each<[string, Use[]]>([
    ["one that is told of the end", [accountant]],
    ["one that does nothing else", [ledger]],
    ["one that does nothing else, and one that refuses", [ledger, gate]],
    ["one that refuses, and one that does nothing else", [gate, ledger]],
    ["one that sees responses, and one that refuses", [keeper, gate]],
    ["several that see responses, and one that refuses", [trail, keeper, gate, trail]],
    ["one that is told of the end before others", [accountant, keeper, gate]],
    ["one that is told of the end among others", [trail, keeper, accountant, trail, gate]],
    ["one that is told of the end, twice", [accountant, gate, accountant]],
    ["one whose errors are allowed", [keeper, opened, gate]],
  ])(
    "of a list with %s",
    async (_what, uses) => {
      expectSame(await RunningPolicies.start(several, uses), await RunningPolicies.start(several, [...uses, waiter]));
    },
    120_000,
  );

  it.each([
    ["that is told of the end and filters both messages", () => alone],
    ["that does nothing else", () => ledgerAlone],
  ])(
    "of one policy %s",
    async (_what, wasm) => {
      const policies = await Promise.all(
        [1, 2].map(async () => {
          const host = await startModule(wasm());
          let now = 0n;
          host.clock = () => (now += 1_000_000n);
          return RunningPolicies.configured(host, {
            config: {},
            sluice: { name: "p0", metrics: false, limits: { callbackMilliseconds: 50 } },
          });
        }),
      );
      const [prepared, guests] = policies as [RunningPolicies, RunningPolicies];
      // After many exchanges in a row that could not be prepared the guest begins the next ones.
      for (let time = 0; time < 20; time++) {
        guests.exchange({ "x-q-keep-all": "1" });
      }
      guests.goOnWith(101);
      for (const running of policies) {
        running.seen([]);
      }
      expectSame(prepared, guests);
    },
    120_000,
  );
});
