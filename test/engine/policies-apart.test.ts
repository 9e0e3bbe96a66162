/** Policies of one module have their time each for itself, and the one that keeps too much memory goes without first. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { compileModule } from "../../src/compiler/build-module.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const CONTINUE = 0;
const mebibyte = 1 << 20;

const compiled = async (...names: string[]): Promise<Uint8Array> => {
  const policies = names.map((name) => ({
    name,
    file: fileURLToPath(new URL(`./policies/${name}.ts`, import.meta.url)),
  }));
  return (await compileModule(policies, { cacheDir })).wasm;
};

let several: Uint8Array;
let worksAlone: Uint8Array;
let keepsAlone: Uint8Array;
beforeAll(async () => {
  several = await compiled(
    "works",
    "works-later",
    "keeps",
    "keeps-too",
    "gate",
    "loops-in-configure",
    "configures",
    "trail",
  );
  worksAlone = await compiled("works");
  keepsAlone = await compiled("keeps");
}, 300_000);

interface Use {
  readonly policy: string;
  readonly milliseconds?: number;
}

/** A module with a root context for each configuration. */
class Vm {
  readonly host: ModuleHost;
  #lastId = 100;

  constructor(host: ModuleHost) {
    this.host = host;
  }

  static async of(wasm: Uint8Array, ...configurations: object[]): Promise<Vm> {
    return new Vm(await startModule(wasm)).configured(configurations);
  }

  configured(configurations: readonly object[]): this {
    const { host } = this;
    configurations.forEach((configuration, index) => {
      const root = index + 1;
      if (root > 1) {
        host.exports["proxy_on_context_create"]!(root, 0);
      }
      host.exports["proxy_on_vm_start"]!(root, 0);
      host.buffer = Buffer.from(JSON.stringify(configuration));
      expect(host.exports["proxy_on_configure"]!(root, host.buffer.length)).toBe(1);
    });
    return this;
  }

  request(headers: Readonly<Record<string, string>>, root = 1): { id: number; status: number } {
    const id = ++this.#lastId;
    this.host.headers = [[":method", "GET"], [":path", "/"], ["x-request-id", `r${id}`], ...Object.entries(headers)];
    this.host.exports["proxy_on_context_create"]!(id, root);
    return { id, status: this.host.exports["proxy_on_request_headers"]!(id, this.host.headers.length, 1) };
  }

  response(id: number, headers: Readonly<Record<string, string>> = {}): number {
    this.host.headers = [[":status", "200"], ...Object.entries(headers)];
    return this.host.exports["proxy_on_response_headers"]!(id, this.host.headers.length, 1);
  }

  end(id: number): void {
    this.host.headers = [];
    this.host.exports["proxy_on_done"]?.(id);
  }

  /** A whole exchange: the status that a policy answers with, 0 where all let it pass. */
  exchange(headers: Readonly<Record<string, string>> = {}, root = 1): number {
    const before = this.answers().length;
    const { id, status } = this.request(headers, root);
    if (status === CONTINUE) {
      this.response(id, headers);
    }
    this.end(id);
    return this.answers().slice(before)[0] ?? 0;
  }

  answers(): number[] {
    return this.host.calls
      .filter(({ name }) => name === "proxy_send_local_response")
      .map(({ args }) => args[0] as number);
  }

  /** What a code of an error says, with the policies that say it. */
  told(code: string): string[] {
    return this.host.log
      .map((line) => JSON.parse(line) as { policy?: string; msg: string })
      .filter(({ msg }) => msg.startsWith(code))
      .map(({ policy = "", msg }) => `${policy}: ${msg}`);
  }
}

const listOf = (uses: readonly Use[], memoryBytes = 16 * mebibyte): object => ({
  sluice: {
    uses: uses.map(({ policy, milliseconds = 10_000 }, index) => ({
      policy,
      config: {},
      sluice: { name: `${policy}-${index}`, limits: { callbackMilliseconds: milliseconds } },
    })),
    limits: { memoryBytes },
  },
});

/** Each look at the clock is a millisecond later than the one before: time is work. */
function timeIsWork({ host }: Vm): void {
  let now = 0n;
  host.clock = () => (now += 1_000_000n);
}

describe("the time of each use's code", () => {
  const patient: Use = { policy: "works" };
  const strict: Use = { policy: "works", milliseconds: 20 };
  // Some hundred looks at the clock.
  const much = "1000000";

  it.each<[string, readonly Use[], number]>([
    ["of the one before it", [strict, patient], 0],
    ["of the one behind it", [patient, strict], 1],
    ["of its neighbours", [patient, { policy: "gate", milliseconds: 30_000 }, strict, patient], 2],
  ])("is not longer for the limit %s", async (_what, uses, place) => {
    for (const header of ["x-at-once", "x-in-a-job"]) {
      const vm = await Vm.of(several, listOf(uses));
      timeIsWork(vm);
      expect({ header, status: vm.exchange({ [header]: "1000" }) }).toEqual({ header, status: 0 });
      vm.exchange({ [header]: much });
      expect(vm.told("FILTER_LOOP")).toHaveLength(1);
      expect(vm.told("FILTER_LOOP")[0]).toMatch(new RegExp(`^works-${place}: .* longer than 20 ms`));
    }
  });

  it("is not longer for that of another one where the guest calls the filters", async () => {
    for (const [header, policy] of [
      ["x-behind-an-await", "works-later"],
      ["x-at-once", "works"],
      ["x-in-a-job", "works"],
    ] as const) {
      const vm = await Vm.of(
        several,
        listOf([
          { policy: "works-later", milliseconds: policy === "works" ? 10_000 : 20 },
          { policy: "works", milliseconds: policy === "works" ? 20 : 10_000 },
          { policy: "gate" },
        ]),
      );
      timeIsWork(vm);
      vm.exchange({ [header]: much });
      expect(vm.told("FILTER_LOOP")).toEqual([expect.stringMatching(`^${policy}-.* longer than 20 ms`)]);
    }
  });

  it("is not that of another route either", async () => {
    const vm = await Vm.of(several, listOf([strict]), listOf([patient]));
    timeIsWork(vm);
    expect(vm.exchange({ "x-at-once": much }, 2)).toBe(0);
    expect(vm.exchange({ "x-at-once": much }, 1)).toBe(500);
  });

  it.each([
    ["first", 253],
    ["last", 254],
  ])("is, beyond 253 uses, the longest of those that share it: of the %s one", async (_which, place) => {
    const uses = Array.from({ length: 255 }, (_, index) => (index === place ? patient : strict));
    const vm = await Vm.of(several, ...uses.map((use) => listOf([use])));
    timeIsWork(vm);
    const statuses = [253, 254, 255].map((root) => vm.exchange({ "x-at-once": much }, root));
    expect(statuses).toEqual([500, 0, 0]);
  });

  it.each(["x-at-once", "x-in-a-job"])("nor where a module has one policy (%s)", async (header) => {
    const alone = (callbackMilliseconds: number): object => ({
      config: {},
      sluice: { name: `limit ${callbackMilliseconds}`, limits: { callbackMilliseconds } },
    });
    const vm = await Vm.of(worksAlone, alone(20), alone(10_000));
    timeIsWork(vm);
    vm.exchange({ [header]: much }, 2);
    expect(vm.told("FILTER_LOOP")).toEqual([]);
    vm.exchange({ [header]: much }, 1);
    expect(vm.told("FILTER_LOOP")).toHaveLength(1);
  });
});

describe("memory that a policy keeps", () => {
  const keeps: Use = { policy: "keeps" };
  const other: Use = { policy: "gate" };

  /** Until the policy is refused. */
  function fill(vm: Vm, root = 1): number {
    for (let round = 0; round < 30; round++) {
      const status = vm.exchange({ "x-keep": "1" }, root);
      if (status !== 0) {
        return status;
      }
    }
    throw new Error("It is not refused.");
  }

  it("has its own requests refused, and nobody else's", async () => {
    const vm = await Vm.of(several, listOf([other, keeps]), listOf([other]));
    const begun = vm.request({});
    expect(fill(vm)).toBe(503);
    expect(vm.told("MEMORY_SHORT")).toEqual([
      expect.stringMatching(/^keeps-1: MEMORY_SHORT: the policy keeps 1[2-5](\.\d)? of the 16 MiB /),
    ]);
    for (let round = 0; round < 200; round++) {
      expect([vm.exchange({}, 1), vm.exchange({}, 2), vm.exchange({ "x-refuse": "1" }, 2)]).toEqual([503, 0, 403]);
    }
    // An exchange that has begun before is filtered to its end.
    vm.host.calls.length = 0;
    expect(vm.response(begun.id)).toBe(CONTINUE);
    expect(vm.host.calls.map(({ args }) => args[1])).toContain("x-keeps");
    expect(vm.told("MEMORY_SHORT")).toHaveLength(1);
  });

  it("has them served again when it has let it go", async () => {
    const vm = await Vm.of(several, listOf([other, keeps]));
    let now = 0n;
    vm.host.clock = () => now;
    const begun = vm.request({});
    expect(fill(vm)).toBe(503);
    now += 1_000_000_000n;
    vm.host.exports["proxy_on_tick"]!(1);
    expect(vm.exchange()).toBe(503);
    vm.response(begun.id, { "x-forget": "1" });
    vm.end(begun.id);
    now += 2_000_000_000n;
    vm.host.exports["proxy_on_tick"]!(1);
    expect([vm.exchange(), vm.exchange()]).toEqual([0, 0]);
    expect(fill(vm)).toBe(503);
  });

  it("ends the module when nobody can be served any more", async () => {
    const vm = await Vm.of(keepsAlone, {
      config: {},
      sluice: { name: "alone", limits: { memoryBytes: 16 * mebibyte, callbackMilliseconds: 10_000 } },
    });
    // What it asks for in vain is an error of its own.
    expect(() => fill(vm)).toThrow(/unreachable/);
    expect(vm.told("MEMORY_SHORT")).toEqual([expect.stringMatching("^alone: MEMORY_SHORT: .* The module ends")]);
  });

  it("ends it also where another one uses up what the first has left", async () => {
    const vm = await Vm.of(several, listOf([keeps]), listOf([{ policy: "keeps-too" }]), listOf([other]));
    expect(fill(vm, 1)).toBe(503);
    expect(vm.exchange({}, 2)).toBe(0);
    expect(() => {
      for (let round = 0; round < 30; round++) {
        vm.exchange({ "x-keep": "1" }, 2);
        expect([vm.exchange({}, 1), vm.exchange({}, 3)]).toEqual([503, 0]);
      }
    }).toThrow(/unreachable/);
  });

  it("is no matter where it is garbage by the end of the event", async () => {
    const vm = await Vm.of(keepsAlone, {
      config: {},
      sluice: { name: "alone", limits: { memoryBytes: 16 * mebibyte, callbackMilliseconds: 10_000 } },
    });
    for (let round = 0; round < 5; round++) {
      const { id } = vm.request({ "x-keep": "8" });
      vm.response(id, { "x-forget": "1" });
      vm.end(id);
    }
    expect(vm.answers()).toEqual([]);
    expect(vm.host.log).toEqual([]);
  });

  it("does not stop a policy from being served that asks for too much at once", async () => {
    const vm = await Vm.of(several, listOf([keeps, other]));
    expect(vm.exchange({ "x-ask-for": "100000000" })).toBe(500);
    expect(vm.exchange()).toBe(0);
    expect(vm.told("MEMORY_SHORT")).toEqual([]);
  });
});

describe("a use whose configure() does not come to an end", () => {
  /** Each look at the clock is half a second later. */
  async function unhurried(wasm: Uint8Array): Promise<Vm> {
    const vm = new Vm(await startModule(wasm));
    let now = 0n;
    vm.host.clock = () => (now += 500_000_000n);
    return vm;
  }
  const loops: Use = { policy: "loops-in-configure" };
  const configures: Use = { policy: "configures" };

  it("fails by itself: the others of its route and of others are configured, and serve", async () => {
    const vm = await unhurried(several);
    vm.configured([listOf([loops, { policy: "gate" }]), listOf([configures, loops, configures]), listOf([configures])]);
    expect(vm.told("CONFIGURE_FAILED")).toEqual([
      expect.stringContaining("loops-in-configure-0: "),
      expect.stringContaining("loops-in-configure-1: "),
    ]);
    vm.host.exports["proxy_on_tick"]!(2);
    expect([vm.exchange({}, 1), vm.exchange({}, 2), vm.exchange({}, 3)]).toEqual([503, 503, 0]);
    // The one that fails is the only one: the others have been configured.
    expect(vm.told("CONFIGURE_FAILED").filter((line) => line.startsWith("configures"))).toEqual([]);
  });

  it("is tried again, with as much time", async () => {
    const vm = await unhurried(several);
    vm.configured([listOf([loops])]);
    vm.host.exports["proxy_on_tick"]!(1);
    vm.host.exports["proxy_on_tick"]!(1);
    expect(vm.told("CONFIGURE_FAILED")).toHaveLength(2);
    expect(vm.exchange()).toBe(503);
  });

  it("fails where it is alone in its module, too", async () => {
    const vm = await unhurried(await compiled("loops-in-configure"));
    vm.configured([{ config: {}, sluice: { name: "alone" } }]);
    expect(vm.told("CONFIGURE_FAILED")).toHaveLength(1);
    expect(vm.exchange()).toBe(503);
  });
});

it("all configurations of a route that are refused are told at once", async () => {
  const { host } = await Vm.of(several, listOf([{ policy: "gate" }]));
  host.exports["proxy_on_context_create"]!(2, 0);
  host.buffer = Buffer.from(JSON.stringify(listOf([{ policy: "trail" }, { policy: "gate" }, { policy: "trail" }])));
  expect(host.exports["proxy_on_configure"]!(2, host.buffer.length)).toBe(0);
  const refused = new Vm(host).told("CONFIG_REFUSED");
  expect(refused).toEqual([
    expect.stringMatching(/^trail-0: CONFIG_REFUSED: config\.name: /),
    expect.stringMatching(/^trail-2: CONFIG_REFUSED: config\.name: /),
  ]);
  // The route that was there before is not concerned.
  expect(new Vm(host).exchange({}, 1)).toBe(0);
});
