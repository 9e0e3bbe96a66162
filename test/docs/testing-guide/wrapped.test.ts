import { everyEmptyResponse, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import wrapped from "./wrapped.js";

it("leaves responses without a body to the client", async () => {
  await everyEmptyResponse(async ({ method, reply }) => {
    await using gateway = await testGateway({ policies: [wrapped], upstream: reply });

    const response = await gateway.fetch("/", { method });

    expect(response.status).toBe(reply.status);
    expect(response.headers.get("x-wrapped")).toBe("1");
    expect(await response.text()).toBe("");
  });
});
