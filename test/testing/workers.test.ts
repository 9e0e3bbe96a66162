import { everySeed, testGateway } from "sluice/testing";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { failureOf } from "./failure-of.js";
import firstOne from "./policies/first-one.js";
import seatsLeft from "./policies/seats-left.js";

afterEach(() => {
  delete process.env["SLUICE_TEST_SEED"];
});

describe.each(["native", "wasm"] as const)("workers of a test with a seed, %s", (engine) => {
  const count = 15;

  // Compiles the modules, which takes longer than all tests together.
  beforeAll(async () => {
    await (await testGateway({ policies: [seatsLeft], config: { by: "increment" }, engine })).close();
    await (await testGateway({ policies: [firstOne], config: { seconds: 0 }, engine })).close();
  }, 120_000);

  const twoPass = (by: "get and set" | "increment" | "update" | "shared data") =>
    everySeed(
      async (seed) => {
        await using gateway = await testGateway({ policies: [seatsLeft], config: { by }, workers: 4, seed, engine });
        const responses = await Promise.all(Array.from({ length: 8 }, () => gateway.fetch("/")));
        expect(responses.filter(({ status }) => status === 200)).toHaveLength(2);
      },
      { count },
    );

  it.each(["get and set", "shared data"] as const)("show by which seed updates are lost, by %s", async (by) => {
    const failure = await failureOf(twoPass(by));
    const seed = /^With seed (\d+) /.exec(failure?.message ?? "")?.[1];
    expect(failure).toMatchObject({ code: "TEST_FAILED_WITH" });

    process.env["SLUICE_TEST_SEED"] = seed;
    await expect(twoPass(by)).rejects.toMatchObject({ message: failure?.message });
  });

  it.each(["increment", "update"] as const)("lose no update of a storage, by %s", async (by) => {
    await twoPass(by);
  });

  it.each([
    ["start", 0],
    ["are woken", 5],
  ])("%s in the middle of each other", async (_what, seconds) => {
    const counts = new Set<number>();
    await everySeed(
      async (seed) => {
        await using gateway = await testGateway({
          policies: [firstOne],
          config: { seconds },
          workers: 3,
          seed,
          engine,
        });
        await gateway.clock.advance("5s");
        counts.add(gateway.log.length);
      },
      { count },
    );
    expect(counts).toContain(1);
    expect(Math.max(...counts)).toBeGreaterThan(1);
  });
});

it("has a worker's start that fails end them all", async () => {
  const failing = testGateway({ policies: [firstOne], config: { seconds: "no" as never }, workers: 3, seed: 1 });

  await expect(failing).rejects.toMatchObject({ code: "CONFIG_REFUSED" });
});
