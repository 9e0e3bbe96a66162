import { describe, expect, it } from "vitest";
import { BundleSyntax } from "./bundle-syntax.js";
import { applyEdits } from "./edits.js";
import { answerEdits } from "./kept-answers.js";
import { definitionsIn } from "./policy-definitions.js";

const names = { Flow: "Flow", Response: "Response2", KeptAnswer: "KeptAnswer" };
const keepAnswers = (code: string): string =>
  applyEdits(code, answerEdits(code, definitionsIn(new BundleSyntax(code, new Map()), "definePolicy"), names));
const head = "\n";
const policy = (...lines: string[]): string =>
  [`${head}var policy = definePolicy({`, "  onRequest(request, { config }) {", ...lines, "  }", "});", ""].join("\n");
const kept = (...lines: string[]): string[] =>
  keepAnswers(policy(...lines))
    .split("\n")
    .slice(3, -4);
const isKept = (...lines: string[]): boolean => keepAnswers(policy(...lines)) !== policy(...lines);

describe("an answer in a policy's definition", () => {
  it("is made once where it is constant", () => {
    expect(keepAnswers(policy("    return Flow.Break(new Response2(401));"))).toBe(
      [
        `${head}var policy = definePolicy({`,
        "  onRequest(request, { config }) {",
        "    {if($$0.answer!==void 0)return $$0.answer;$$0.made= Flow.Break(new Response2(401));return $$0.keep()}",
        "  }",
        "});",
        "var $$0 = new KeptAnswer();",
        "",
      ].join("\n"),
    );
  });

  it("is a decision where the filter itself returns it, and stays a response inside another function", () => {
    expect(kept("    return new Response2(401);")).toEqual([
      "    {if($$0.answer!==void 0)return $$0.answer;$$0.made= new Response2(401);return $$0.keep()}",
    ]);
    const inside = kept("    const made = () => {", "      return new Response2(401);", "    };");
    expect(inside.join("\n")).toContain("return $$0.keep()}");
  });

  it("is a decision where esbuild has moved the filter's body into a generator", () => {
    const lines = ["    return __async(this, null, function* () {", "      return new Response2(401);", "    });"];
    expect(kept(...lines)).toEqual([
      "    return __async(this, null, function* () {",
      "      {if($$0.answer!==void 0)return $$0.answer;$$0.made= new Response2(401);return $$0.keep()}",
      "    });",
    ]);
  });

  it("is made again where a part of it differs", () => {
    expect(
      kept(
        "    if (denied)",
        "      return Flow.Break(",
        '        new Response2(status).withHeaders([["a", `b ${config.realm}`]]).withBody(config.realm + why)',
        "      );",
      ),
    ).toEqual([
      "    if (denied)",
      "      {if($$0.answer!==void 0&&$$0.a===status&&$$0.b===config.realm&&$$0.c===why)return $$0.answer;$$0.made= Flow.Break(",
      '        new Response2(status).withHeaders([["a", `b ${config.realm}`]]).withBody(config.realm + why)',
      "      );return $$0.keep(status,config.realm,why)}",
    ]);
  });

  it("is made once where it shares its line with its condition and with others", () => {
    expect(kept("    if (a) return new Response2(401); else return new Response2(403); done();")).toEqual([
      "    if (a) {if($$0.answer!==void 0)return $$0.answer;$$0.made= new Response2(401);return $$0.keep()}" +
        " else {if($$1.answer!==void 0)return $$1.answer;$$1.made= new Response2(403);return $$1.keep()} done();",
    ]);
  });

  it("stays on its lines", () => {
    const lines = [
      "    if (a) // comment",
      "      return new Response2(401);",
      "    else",
      "      return Flow.Break(new Response2(403).withBody(a));",
    ];
    expect(kept(...lines).map((line) => line.replace(/\{if.*made=/, "return").replace(/return [^ ]*\}$/, ""))).toEqual(
      lines,
    );
  });

  it.each([
    "return new Response2(401);",
    "return new Response2('no', { status: 403, headers: { 'a': config.b.c } });",
    "return Flow.Break(new Response2(200).withHeaders([['a', 'b'], ['c', d]]));",
    "return Flow.Break(new Response2(429).withBody(`${seconds} s`));",
    "return Response2.json({ error: 'unknown key' }, { status: 401 });",
    "if (denied) return new Response2('no', { status: 401 });",
    "return Response2.json({ realm: config.realm, codes: [-1, 2.5, null, true], why: void 0 });",
    "return Response2.json(config.realm, { headers: [['a', b]] });",
    "return Flow.Break(Response2.json([`${seconds} s`]).withHeaders([['c', 'd']]));",
  ])("is kept: %s", (line) => {
    expect(isKept(`    ${line}`)).toBe(true);
  });

  it.each([
    ["that calls something", "return Flow.Break(new Response2(401).withBody(JSON.stringify(config)));"],
    ["that awaits something", "return Flow.Break(new Response2(401).withBody(yield config));"],
    ["that is given by something else", "return Flow.Break(unauthorized);"],
    ["that has other methods called", "return new Response2(401).clone();"],
    ["that spreads a list", "return new Response2(401).withHeaders([...config.headers]);"],
    ["with a computed part", "return new Response2(401).withBody(config[name]);"],
    ["with a part that may be missing", "return new Response2(401).withBody(config?.name);"],
    ["with more parts than are compared", "return new Response2(a).withBody(`${b} ${c} ${d} ${e}`);"],
    ["that assigns", "return new Response2(401).withBody(last = config.name);"],
    ["with a regular expression", "return new Response2(401).withBody(/a/);"],
    ["of another class", "return new Answer(401);"],
    ["of another class with the name of the kit's", "return new Response(401);"],
    ["made by another object than the kit's", "return Flow2.Break(new Response2(401));"],
    ["of JSON that calls something", "return Response2.json({ at: now() }, { status: 401 });"],
    ["of JSON that spreads an object", "return Response2.json({ ...config });"],
    ["of JSON with a getter", "return Response2.json({ get at() { return now; } });"],
    ["of JSON with a computed key", "return Response2.json({ [name]: 1 });"],
    ["of JSON of another class", "return Response.json({});"],
    ["that is made by another method of the class", "return Response2.error();"],
    ["that lets the request go on", "return Flow.Continue();"],
  ])("is left alone: one %s", (_what, line) => {
    expect(isKept(`    ${line}`)).toBe(false);
  });

  it("is left alone outside of a definition", () => {
    const code = `${head}function deny() {\n  return new Response2(401);\n}\n`;
    expect(keepAnswers(code)).toBe(code);
  });

  it("takes no name that is in use", () => {
    expect(isKept("    var $$0 = 1;", "    return new Response2(401);")).toBe(false);
  });
});
