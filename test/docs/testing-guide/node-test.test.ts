import assert from "node:assert/strict";
import { testGateway } from "sluice/testing";
import { it } from "vitest";
import members from "./members.js";

it("needs nothing of a test runner", async () => {
  const gateway = await testGateway({ policies: [members], upstreams: { auth: {} } });
  assert.equal((await gateway.fetch("/")).status, 401);
  await gateway.close();
});
