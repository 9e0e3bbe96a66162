import { describe, expect, test } from "vitest";
import { BundleSyntax } from "./bundle-syntax.js";
import { applyEdits } from "./edits.js";
import { generatorEdits } from "./filter-generators.js";
import { definitionsIn } from "./policy-definitions.js";

function filtersAsGenerators(code: string): string {
  const definitions = definitionsIn(new BundleSyntax(code, new Map()), "definePolicy");
  return applyEdits(code, generatorEdits(code, definitions, "__async"));
}

describe("filters written in definePolicy", () => {
  test("become generator methods on the same lines", () => {
    const code = [
      "var policy = definePolicy({",
      "  onRequest(request, context) {",
      "    return __async(this, null, function* () {",
      "      yield request.next(context);",
      "    });",
      "  }",
      "});",
    ].join("\n");
    const result = filtersAsGenerators(code).split("\n");
    expect(result[1]).toBe("  *onRequest(request, context) {");
    expect(result[2]?.trim()).toBe("");
    expect(result[3]).toBe("      yield request.next(context);");
    expect(result).toHaveLength(7);
  });

  test("keep parameters that esbuild has moved into the generator", () => {
    const code = [
      "definePolicy({",
      "  onResponse(_0, _1) {",
      "    return __async(this, arguments, function* (response, { requestData = 1 }) {",
      "      yield requestData;",
      "    });",
      "  }",
      "});",
    ].join("\n");
    expect(filtersAsGenerators(code)).toContain("*onResponse(response, { requestData = 1 }) {");
  });

  const filter = (parameters: string, body: string): string =>
    filtersAsGenerators(
      `definePolicy({ onRequest(${parameters}) { return __async(this, null, function* () { ${body} }); } });`,
    );

  test("await nothing for the head, in columns that stay", () => {
    const code = filter("request", "const { headers } = yield request.intoHeadersState(); yield fetch(headers);");
    expect(code).toContain("*onRequest(request) {");
    expect(code).toContain("const { headers } =       request                   ; yield fetch(headers);");
  });

  test("become plain methods where they await nothing else", () => {
    for (const body of [
      "return (yield request.intoHeadersState()).path;",
      "const path = () => request; return (yield request.intoHeadersState()).path;",
      "return (yield request.intoHeadersState()).headers.forEach(() => __async(this, null, function* () { yield later; }));",
      "return 1;",
    ]) {
      const code = filter("request", body);
      expect(code).toContain("{ onRequest(request) {");
      expect(code).not.toContain("yield request");
    }
  });

  test("await whatever may be something else than the head of their own message", () => {
    for (const [parameters, body] of [
      ["request", "request = other(request); yield request.intoHeadersState();"],
      ["request", "for (const request of others) yield request.intoHeadersState();"],
      ["{ request }", "yield request.intoHeadersState();"],
      ["_first, request", "yield request.intoHeadersState();"],
      ["request", "yield request.intoHeadersState(1);"],
      ["request", "yield request?.intoHeadersState();"],
      ["request", "yield* request.intoHeadersState();"],
      ["request", "yield request.intoHeadersState().then(f);"],
      ["request", "yield request.intoBodyState();"],
    ] as const) {
      const code = filter(parameters, body);
      expect(code).toContain("*onRequest(");
      expect(code).toContain(body);
    }
  });

  test("stay as they are when they do more than esbuild's wrapper, or are not filters", () => {
    for (const code of [
      "definePolicy({ onRequest(r) { count++; return __async(this, null, function* () {}); } });",
      "definePolicy({ configure(r) { return __async(this, null, function* () {}); } });",
      "definePolicy({ onRequest: (r) => __async(null, null, function* () {}) });",
      "// definePolicy({ onRequest(r) { return __async(this, null, function* () {",
      "other({ onRequest(r) { return __async(this, null, function* () {}); } });",
      "definePolicy2({ onRequest(r) { return __async(this, null, function* () {}); } });",
      "other.definePolicy({ onRequest(r) { return __async(this, null, function* () {}); } });",
      "definePolicy({ onRequest(r) { return __async2(this, null, function* () {}); } });",
    ]) {
      expect(filtersAsGenerators(code)).toBe(code);
    }
  });
});
