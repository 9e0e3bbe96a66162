import { expect, it } from "vitest";
import { BundleSyntax } from "./bundle-syntax.js";
import { definitionsIn, maySeeResponses } from "./policy-definitions.js";

function sees(code: string): boolean {
  const text = `// src/policy.ts\n${code}\n`;
  const syntax = new BundleSyntax(text, new Map([["src/policy.ts", "own"]]));
  return maySeeResponses(syntax, definitionsIn(syntax, "definePolicy"));
}

it.each([
  "var policy = definePolicy({ onRequest(request) { return request.path; } });",
  "var policy = definePolicy({ config: schema, configure: () => 1, onRequest });",
  "var policy = definePolicy({});",
])("a policy that names all its parts, and no filter for responses, sees none: %s", (code) => {
  expect(sees(code)).toBe(false);
});

it.each([
  "var policy = definePolicy({ onRequest() {}, onResponse() {} });",
  "var policy = definePolicy({ onDone });",
  'var policy = definePolicy({ "onResponse": see });',
  "var policy = definePolicy({ onRequest() {}, ...others });",
  "var policy = definePolicy({ [name]: filter });",
  "var policy = definePolicy(parts);",
  "var one = definePolicy({ onRequest() {} }); var policy = definePolicy({});",
  "var policy = definePolicy({}); policy.onResponse = see;",
])("one of which that is not certain may: %s", (code) => {
  expect(sees(code)).toBe(true);
});
