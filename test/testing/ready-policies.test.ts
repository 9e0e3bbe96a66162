/** Ready policies in code: `testGateway` and `startGateway` take them by their names. */
import { startGateway } from "sluice/gateway";
import { testGateway } from "sluice/testing";
import { describe, expect, it } from "vitest";
import { failureOf } from "./failure-of.js";

const use = "sluice/policies/require-header";
const config = { headers: [{ name: "x-tenant" }] };

describe("testGateway", () => {
  it.each(["native", "wasm"] as const)(
    "takes a ready policy by its name, which is the one in its log: %s",
    async (engine) => {
      await using gateway = await testGateway({ policies: [use], config, engine });
      expect((await gateway.fetch("/")).status).toBe(400);
      expect((await gateway.fetch("/", { headers: { "x-tenant": "a" } })).status).toBe(200);
      expect(gateway.log).toContainEqual(expect.objectContaining({ policy: "require-header", message: "refused" }));
    },
    120_000,
  );

  it("lists the ready policies for one that there is not", async () => {
    const failure = await failureOf(testGateway({ policies: ["sluice/policies/none"] }));
    expect(failure).toMatchObject({ code: "POLICY_NOT_FOUND", message: expect.stringContaining(`\n  ${use}`) });
  });
});

describe("startGateway", () => {
  it("takes a ready policy by its name", async () => {
    const names: string[] = [];
    await using gateway = await startGateway(
      { upstream: "http://127.0.0.1:1", policies: [{ use, config }] },
      { onPolicyLog: (_level, record) => names.push(record.policy) },
    );
    expect((await fetch(gateway.url)).status).toBe(400);
    expect(names).toEqual(["require-header"]);
  });
});
