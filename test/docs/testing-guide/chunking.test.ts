import { everyChunking, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import noSecrets from "./no-secrets.js";

it("finds the word wherever the body is cut", async () => {
  await using gateway = await testGateway({ policies: [noSecrets] });

  await everyChunking("this is a secret", async (chunks) => {
    const response = await gateway.fetch("/", { method: "POST", body: chunks });
    expect(response.status).toBe(400);
  });
});
