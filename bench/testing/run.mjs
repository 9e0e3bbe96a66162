// How many simple exchanges a test can do in a second: node bench/testing/run.mjs (after npm run build).
import { testGateway } from "sluice/testing";

const policy = new URL("../../examples/stop-request/policy.ts", import.meta.url);
const rounds = 7;
const exchanges = 2_000;

const startedAt = performance.now();
const gateway = await testGateway({ policies: [policy], upstream: new Response("hello") });
await gateway.fetch("/", { headers: { authorization: "x" } });
console.log(`first exchange after ${Math.round(performance.now() - startedAt)} ms`);

/** @type {number[]} */
const rates = [];
for (let round = 0; round < rounds; round++) {
  const begin = performance.now();
  for (let index = 0; index < exchanges; index++) {
    const response = await gateway.fetch("/", { headers: { authorization: "x" } });
    if ((await response.text()) !== "hello") {
      throw new Error("wrong answer");
    }
  }
  rates.push(exchanges / ((performance.now() - begin) / 1_000));
}
const [least, median, most] = [0, rounds >> 1, rounds - 1].map((index) =>
  Math.round(rates.sort((a, b) => a - b)[index] ?? NaN),
);
console.log(`${median} exchanges a second (median of ${rounds} rounds; ${least} to ${most})`);
await gateway.close();
