import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import { parseExpression } from "../expression.js";
import policy from "./policy.js";

const start = (active: boolean, config: object = {}) =>
  testGateway({
    policies: [policy],
    config: { authorization: "Basic Zzpw", oauthService: "auth", ...config },
    upstreams: { auth: Response.json({ active }) },
  });

it.each([
  [true, 200],
  [false, 401],
])("asks whether the token is active: %s", async (active, status) => {
  await using gateway = await start(active);

  const response = await gateway.fetch("/", { headers: { authorization: "Bearer a&b" } });

  expect(response.status).toBe(status);
  expect(gateway.upstreams.auth.requests).toMatchObject([{ method: "POST", body: "token=a%26b" }]);
});

it("logs no token where the service fails", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    config: { authorization: "Basic Zzpw", oauthService: "auth" },
    upstreams: { auth: { fail: "reset" } },
  });

  const response = await gateway.fetch("/", { headers: { authorization: "Bearer the-token" } });

  expect(response.status).toBe(500);
  expect(response.exchange.log).toMatchObject([{ level: "warn", code: "UPSTREAM_UNREACHABLE" }]);
  expect(JSON.stringify(gateway.log)).not.toMatch(/the-token|Zzpw/);
});

it.each(["token", "#[", "#[vars.]", "#[nothing(vars)]", "#['a' ++ ]", "#['a' 'b']", "#['a]"])(
  "does not start with the expression %s",
  async (tokenExtractor) => {
    await expect(start(true, { tokenExtractor })).rejects.toMatchObject({
      code: "CONFIG_REFUSED",
      message: expect.stringContaining("config.tokenExtractor"),
    });
  },
);

const names = {
  attributes: { headers: new Headers({ "x-tags": "a;b" }), queryParams: new Map([["page", "2"]]), method: "GET" },
  vars: { list: ["x", "y"], none: null, word: "one" },
};

it.each<[source: string, value: unknown]>([
  ["#[vars.word]", "one"],
  ["#[ vars.word ++ '/' ++ \"two\" ]", "one/two"],
  ["#[vars.missing.member]", null],
  ["#[vars.constructor]", null],
  ["#[unbound]", null],
  ["#[vars.list[1]]", "y"],
  ["#[vars.list[7]]", null],
  ["#[vars.word['length']]", null],
  ["#[vars.none default 'other']", "other"],
  ["#[attributes.queryParams.page == '2']", true],
  ["#[attributes.method != 'GET']", false],
  ["#[splitBy(attributes.headers['X-Tags'], ';')]", ["a", "b"]],
  ["#[if (vars.none == null) 'yes' else 'no']", "yes"],
  ["#[('a' default 'b') ++ 'c']", "ac"],
  ["#[dw::core::Strings::substringAfter('a=b=c', '=')]", "b=c"],
  ["#[dw::core::Strings::substringAfter('a', '=')]", ""],
  ["#[dw::core::Strings::substringAfter(null, '=')]", null],
  ["#[dw::core::Binaries::fromBase64('aGk=')]", "hi"],
  ["#[1.5]", 1.5],
])("evaluates %s", (source, value) => {
  expect(parseExpression(source)(names)).toEqual(value);
});

it.each(["#['a' ++ 1]", "#[if ('a') 1 else 2]", "#[dw::core::Binaries::fromBase64('*')]"])("fails at %s", (source) => {
  expect(() => parseExpression(source)(names)).toThrow(/expected|base64|valid|correct/i);
});
