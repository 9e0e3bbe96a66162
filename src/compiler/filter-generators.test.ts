import { describe, expect, test } from "vitest";
import { filtersAsGenerators } from "./filter-generators.js";

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
    const result = filtersAsGenerators(code, "definePolicy", "__async").split("\n");
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
    expect(filtersAsGenerators(code, "definePolicy", "__async")).toContain(
      "*onResponse(response, { requestData = 1 }) {",
    );
  });

  const filter = (parameters: string, body: string): string =>
    filtersAsGenerators(
      `definePolicy({ onRequest(${parameters}) { return __async(this, null, function* () { ${body} }); } });`,
      "definePolicy",
      "__async",
    );

  test("become plain methods where they await nothing themselves", () => {
    for (const body of ["return 1;", "later(() => __async(this, null, function* () { yield later; })); return 1;"]) {
      expect(filter("request", body)).toContain("{ onRequest(request) {");
    }
    expect(filter("request", "if (request.path) { yield request.intoBodyState(); }")).toContain(
      "{ *onRequest(request) {",
    );
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
      expect(filtersAsGenerators(code, "definePolicy", "__async")).toBe(code);
    }
  });
});
