import { expect, it } from "vitest";
import { checkAlgorithms } from "./check-algorithms.js";

const warningsOf = (text: string, file = "/policies/policy.ts"): string[] =>
  checkAlgorithms(JSON.stringify({ sources: [`file://${file}`], sourcesContent: [text] }));

it("an algorithm that modules lack is told of, once for a file", () => {
  const text = `await crypto.subtle.encrypt({ name: "RSA-OAEP" }, key, data); f('RSA-OAEP', "AES-GCM", "Ed448");`;
  expect(warningsOf(text)).toEqual([
    expect.stringMatching(/policy\.ts: crypto\.subtle has no RSA-OAEP in a module: .*NotSupportedError/),
    expect.stringContaining("no Ed448"),
  ]);
});

it.each([
  ["where it has them", `crypto.subtle.verify("Ed25519", key, s, d); f("RSA-PSS", "ECDSA", "HKDF", "PBKDF2", "SHA-1")`],
  ["without crypto.subtle", `const names = ["RSA-OAEP"];`],
  ["in longer texts", `crypto.subtle; throw new Error("not AES-CBC");`],
])("of a policy nothing is told %s", (_where, text) => {
  expect(warningsOf(text)).toEqual([]);
});

it("packages name more than they use", () => {
  expect(warningsOf(`crypto.subtle; "ECDH"`, "/policies/node_modules/jose/index.js")).toEqual([]);
});
