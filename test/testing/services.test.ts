import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import authenticate from "./policies/authenticate.js";

it("tells whom policies authenticated", async () => {
  await using gateway = await testGateway({ policies: [authenticate] });

  const { exchange } = await gateway.fetch("/", { headers: { "x-name": "ada" } });

  expect(exchange.authentication).toEqual({ principal: "ada", properties: { scopes: ["read"] } });
  expect(exchange.violation).toBeUndefined();
});

it("hands policies a caller that others have authenticated", async () => {
  await using gateway = await testGateway({ policies: [authenticate] });

  const response = await gateway.fetch("/", { authentication: { principal: "eve" } });

  expect([response.status, response.exchange.authentication?.principal]).toEqual([200, "eve"]);
});

it("tells what policies reported", async () => {
  await using gateway = await testGateway({ policies: [{ policy: authenticate, name: "who" }] });

  const { exchange } = await gateway.fetch("/");

  expect(exchange.violation).toEqual({ policy: "who", kind: "error" });
  expect(exchange.authentication).toBeUndefined();
});

it("tells what policies counted", async () => {
  await using gateway = await testGateway({ policies: [authenticate], workers: 2 });

  for (const name of ["ada", "eve", ""]) {
    await gateway.fetch("/", { headers: name === "" ? {} : { "x-name": name } });
  }

  expect(gateway.metrics).toEqual({
    "callers;policy=authenticate;known=true": 2,
    "callers;policy=authenticate;known=false": 1,
  });
});
