import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import { millisecondsLeft } from "./hours.js";
import policy from "./policy.js";

const allDay = { start_hour: 0, end_hour: 23 };
const noon = "2031-03-04T12:00:00Z";

it("answers from the cache what the upstream has answered", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    config: allDay,
    now: noon,
    upstream: new Response("four left", { headers: { "x-shelf": "b2" } }),
  });

  await (await gateway.fetch("/stock/17")).text();
  const response = await gateway.fetch("/stock/17");

  expect(await response.text()).toBe("four left");
  expect(response.headers.get("x-shelf")).toBe("b2");
  expect(gateway.upstream.requests).toHaveLength(1);
});

it("keeps no answer to HEAD, which lacks the body", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    config: allDay,
    now: noon,
    upstream: new Response("full"),
  });

  await gateway.fetch("/stock/17", { method: "HEAD" });

  expect(await (await gateway.fetch("/stock/17")).text()).toBe("full");
});

it("lets large responses pass, and does not keep them", async () => {
  const large = "x".repeat(1_048_577);
  await using gateway = await testGateway({
    policies: [policy],
    config: allDay,
    now: noon,
    upstream: new Response(large),
  });

  expect(await (await gateway.fetch("/report")).text()).toBe(large);
  expect(await (await gateway.fetch("/report")).text()).toBe(large);

  expect(gateway.upstream.requests).toHaveLength(2);
});

it.each([
  ["14:00", 14, 16, 120],
  ["15:59", 14, 16, 1],
  ["16:00", 14, 16, 0],
  ["13:59", 14, 16, 0],
  ["23:30", 22, 6, 390],
  ["00:00", 22, 6, 360],
  ["06:00", 22, 6, 0],
  ["09:10", 9, 9, 0],
  ["23:00", 22, 0, 60],
])("has at %s, from %i to %i h, %i minutes left", (time, start_hour, end_hour, minutes) => {
  expect(millisecondsLeft(Date.parse(`2031-03-04T${time}:00Z`), { start_hour, end_hour })).toBe(minutes * 60_000);
});
