import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import whoami from "./whoami.js";

it("says what the service says", async () => {
  await using gateway = await testGateway({
    policies: [whoami],
    replace: { "sluice/authentication": new URL("./fake-authentication.ts", import.meta.url) },
  });

  expect(await (await gateway.fetch("/")).text()).toBe("You are somebody else.");
});
