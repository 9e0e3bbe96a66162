import type { Program } from "acorn";
import { describe, expect, it } from "vitest";
import { BundleSyntax, type Origin } from "./bundle-syntax.js";

const inputs = new Map<string, Origin>([
  ["kit/a.ts", "kit"],
  ["kit/b.ts", "kit"],
  ["policy.ts", "own"],
  ["node_modules/x/index.js", "package"],
]);
const text = [
  "var helper = 1;",
  "",
  "// kit/a.ts",
  "var a = 2;",
  "// kit/b.ts",
  "var b = 3;",
  "// node_modules/x/index.js",
  "var x = 4;",
  "// no/file.ts",
  "var y = 5;",
  "// policy.ts",
  "var policy = 6;",
  "",
].join("\n");

/** The statements of a tree, by the places that it has of them. */
const statements = (code: string, program: Program | undefined): string[] | undefined =>
  program?.body.map(({ start, end }) => code.slice(start, end));

describe("esbuild's output", () => {
  it("is cut into the parts of its files, with places in the whole", () => {
    const { parts } = new BundleSyntax(text, inputs);
    expect(parts.map(({ origin, program }) => [origin, statements(text, program)])).toEqual([
      ["kit", ["var helper = 1;", "var a = 2;", "var b = 3;"]],
      ["package", ["var x = 4;", "var y = 5;"]],
      ["own", ["var policy = 6;"]],
    ]);
  });

  it("is one tree, made of those of its parts", () => {
    const syntax = new BundleSyntax(text, inputs);
    const [, , own] = syntax.parts;
    const program = syntax.program();
    expect(statements(text, program)).toEqual(statements(text, new BundleSyntax(text, new Map()).program()));
    expect(program.body.at(-1)).toBe(own?.program?.body[0]);
  });

  it("is read as a whole where a part alone is no code", () => {
    const split = ["var a = `", "// policy.ts", "`;", ""].join("\n");
    const syntax = new BundleSyntax(split, inputs);
    expect(syntax.parts.map(({ program }) => program)).toEqual([undefined, undefined]);
    expect(statements(split, syntax.program())).toEqual(["var a = `\n// policy.ts\n`;"]);
  });
});
