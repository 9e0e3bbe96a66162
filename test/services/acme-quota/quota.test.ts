import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import limited from "./limited.js";

it("counts what all workers let pass, until the next window", async () => {
  await using gateway = await testGateway({ policies: [limited], config: { limit: 2 }, workers: 2 });
  const ask = async (client: string, worker = 0) =>
    (await gateway.fetch("/", { headers: { "x-client": client }, worker })).status;

  expect([await ask("ada", 0), await ask("ada", 1), await ask("ada", 0), await ask("eve", 1)]).toEqual([
    200, 200, 429, 200,
  ]);

  await gateway.clock.advance("1m");
  expect(await ask("ada", 1)).toBe(200);
});

it("is refused without a limit that counts", async () => {
  await using gateway = await testGateway({ policies: [limited], config: { limit: 0 } });

  expect((await gateway.fetch("/")).status).toBe(503);
  expect(gateway.log).toMatchObject([
    { level: "error", error: { message: "quota(): limit: expected a whole number from 1 on, got 0." } },
  ]);
});
