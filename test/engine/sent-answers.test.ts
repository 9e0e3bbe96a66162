/** A module gives the host the answers of its policies without the guest: what they are at that moment. */
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compileModule, compilePolicy } from "../../src/compiler/build-module.js";
import { type ModuleHost, startModule } from "../support/module-host.js";
import { type Headers, RunningPolicies, type Seen, type Use } from "../support/running-policies.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const fileOf = (name: string): string => fileURLToPath(new URL(`./policies/${name}.ts`, import.meta.url));
const names = ["sends", "keeper", "accountant", "waiter"];
const [sends, keeper, accountant, waiter] = names.map((policy): Use => ({ policy })) as [Use, Use, Use, Use];

let alone: Uint8Array;
let several: Uint8Array;
beforeAll(async () => {
  ({ wasm: alone } = await compilePolicy(fileOf("sends"), { cacheDir }));
  ({ wasm: several } = await compileModule(
    names.map((name) => ({ name, file: fileOf(name === "keeper" ? "both-keeper" : name) })),
    { cacheDir },
  ));
}, 300_000);

const kept = [
  ...["text", "bytes", "json", "wide", "joined", "latin", "empty", "none", "typed", "bodied", "blank", "one", "view"],
  ...["special", "heir", "proxy", "made", "missing"],
];
const deeds = [
  ...["edit-bytes", "status", "body", "no-body", "headers", "push", "odd", "getter", "method", "freeze", "delete"],
  "purge",
];
const cases: Headers[] = [
  {},
  ...kept.map((name) => ({ "x-name": name })),
  ...kept.map((name) => ({ "x-name": name, "x-break": "1" })),
  ...deeds.flatMap((deed) => [
    { "x-name": "bytes", "x-before": deed },
    { "x-name": "one", "x-before": deed },
    { "x-name": "empty", "x-before": deed },
    { "x-name": "text", "x-before": "fill" },
  ]),
];

/** How often a timer is asked for depends on the clock. */
function exchange(running: RunningPolicies, headers: Headers): Seen {
  const seen = running.exchange(headers);
  return { ...seen, calls: seen.calls.filter((call) => !String(call).startsWith("proxy_set_tick_period")) };
}

it.each<[string, Use[]]>([
  ["of one policy", [sends]],
  ["that others see on their way", [keeper, sends]],
  ["that others see which are told of the end", [accountant, keeper, sends]],
])(
  "the host gets the same answers as from the guest: those %s",
  async (_what, uses) => {
    const prepared = await RunningPolicies.start(several, uses);
    const guests = await RunningPolicies.start(several, [...uses, waiter]);
    for (const headers of cases) {
      for (const now of [headers, headers, {}]) {
        expect(exchange(prepared, now), JSON.stringify(headers)).toEqual(exchange(guests, now));
      }
    }
  },
  120_000,
);

describe("an answer that is kept", () => {
  let host: ModuleHost;
  let lastId: number;
  let now: bigint;
  beforeEach(async () => {
    host = await startModule(alone);
    now = 1_000_000_000n;
    host.clock = () => now;
    host.buffer = Buffer.from(JSON.stringify({ config: {}, sluice: { name: "sends" } }));
    host.exports["proxy_on_vm_start"]!(1, 0);
    expect(host.exports["proxy_on_configure"]!(1, host.buffer.length)).toBe(1);
    lastId = 100;
    // What begins with the guest is over.
    answer("text");
  });

  /** Status, details, body and headers of what the host is given for a request. */
  function answer(name: string, before = ""): (number | string)[] | undefined {
    const id = ++lastId;
    host.headers = [
      ["x-name", name],
      ["x-before", before],
    ];
    host.calls.length = 0;
    host.exports["proxy_on_context_create"]!(id, 1);
    host.exports["proxy_on_request_headers"]!(id, host.headers.length, 1);
    host.exports["proxy_on_done"]!(id);
    const sent = host.calls.filter((call) => call.name === "proxy_send_local_response");
    expect(sent.length).toBeLessThan(2);
    return sent[0]?.args;
  }

  const text = [203, "local_reply:sends", "kept", "x-a=1,x-a=2,content-type=text/plain;charset=UTF-8"];

  it("is sent as often as it is asked for, with text and with bytes", () => {
    for (let time = 0; time < 3; time++) {
      expect(answer("text")).toEqual(text);
      expect(answer("bytes")).toEqual([200, "local_reply:sends", "0 bytes", "content-type=a/b"]);
      expect(answer("view")).toEqual([200, "local_reply:sends", "view", ""]);
    }
  });

  it("is sent with the bytes that its body has by then", () => {
    const bodies = ["", "edit-bytes", "edit-bytes", ""].map((before) => answer("bytes", before)?.[2]);
    expect(bodies).toEqual(["0 bytes", "1 bytes", "2 bytes", "2 bytes"]);
  });

  it("is sent as it is once somebody has changed what it is made of", () => {
    expect(answer("text", "status")?.[0]).toBe(299);
    expect(answer("text", "body")?.[2]).toBe("changed 1");
    expect(answer("text", "headers")?.[3]).toBe("x-changed=2");
    expect(answer("text", "push")?.[3]).toBe("x-changed=2,x-pushed=1");
    expect(answer("text", "method")?.[3]).toBe("x-method=1");
    expect(answer("text", "getter")?.[2]).toMatch(/^got \d$/);
    expect(answer("text", "freeze")?.[0]).toBe(299);
  });

  it("is sent until its time is over, and no longer", () => {
    now += 999_000_000n;
    expect(answer("text")).toEqual(text);
    now += 1_000_000n;
    expect(answer("text")).toBeUndefined();
    expect(answer("text", "fill")).toBeUndefined();
    expect(answer("text")).toEqual(text);
  });

  it("is not sent once it was purged or deleted", () => {
    answer("bytes", "delete");
    expect([answer("bytes"), answer("text")]).toEqual([undefined, text]);
    answer("text", "purge");
    expect([answer("text"), answer("one")]).toEqual([undefined, undefined]);
  });

  it("that may not be sent is an error each time", () => {
    expect(["typed", "bodied", "typed", "text"].map((name) => answer(name)?.[0])).toEqual([500, 500, 500, 203]);
  });
});
