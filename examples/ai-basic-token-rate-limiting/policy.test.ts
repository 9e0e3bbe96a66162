import { encode } from "gpt-tokenizer/encoding/p50k_base";
import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";
import { countTokens } from "./tokens.js";

const ask = (content: string): { method: string; body: string } => ({
  method: "POST",
  body: JSON.stringify({ model: "m-1", messages: [{ role: "user", content }] }),
});

it("counts all requests of a window together, also those that it refuses", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    config: { maximumTokens: 6, timePeriodInMilliseconds: 60_000 },
  });

  expect((await gateway.fetch("/v1/chat", ask("red green blue"))).status).toBe(200);
  expect((await gateway.fetch("/v1/chat", ask("one two three four"))).status).toBe(403);
  expect((await gateway.fetch("/v1/chat", ask("hello"))).status).toBe(403);
  expect(gateway.upstream.requests).toHaveLength(1);
});

it("opens another window when the time of one is over", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    config: { maximumTokens: 4, timePeriodInMilliseconds: 2_000 },
  });

  expect((await gateway.fetch("/v1/chat", ask("one two three four"))).status).toBe(200);
  await gateway.clock.advance("1999ms");
  expect((await gateway.fetch("/v1/chat", ask("hello"))).status).toBe(403);
  await gateway.clock.advance("1ms");
  expect((await gateway.fetch("/v1/chat", ask("hello"))).status).toBe(200);
});

it.each([
  "",
  "plan a trip to Rome",
  "café crème",
  "  two  spaces\n\n",
  "it's 1234567 €, isn't it?",
  "日本語のテキスト",
])("counts the tokens of %j as the package does", (text) => {
  expect(countTokens(text, 1_000)).toBe(encode(text).length);
});

it("takes the text of the special token for one", () => {
  expect(countTokens("hi<|endoftext|>there<|endoftext|>", 1_000)).toBe(4);
});

it("takes no long time for long words, and counts them for no less than they are", () => {
  const word = "ab".repeat(500);
  expect(countTokens(`${word} ${word}`, 10_000)).toBeGreaterThanOrEqual(encode(`${word} ${word}`).length);
  expect(countTokens("ab".repeat(500_000), 10_000_000)).toBe(1_000_000 + 1);
  expect(countTokens("ab".repeat(500_000), 10)).toBe(10);
});
