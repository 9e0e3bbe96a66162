import { describe, expect, it } from "vitest";
import type { Facts } from "./facts.js";
import { parseTemplate, type TemplatePlace } from "./template.js";

const facts = {
  properties: {
    clientAddress: "[2001:db8::1]:4711",
    requestId: "7\r\nx-evil: 1",
    routeName: "Zürich",
    upstreamAddress: undefined,
    tls: undefined,
    get: () => undefined,
  },
  request: {
    method: "GET",
    scheme: "http",
    authority: "[::1]:8080",
    path: "/a%20b?c=d",
    headers: new Map([["x-tenant", "acme"]]),
  },
} satisfies Facts;

function fill(text: string, place: TemplatePlace = "request"): string {
  return parseTemplate(text, place).fill(facts);
}

describe("a template", () => {
  it.each([
    ["", ""],
    ["plain", "plain"],
    ["${request.method} ${request.scheme}://${request.authority}${request.path}", "GET http://[::1]:8080/a%20b?c=d"],
    ["${request.pathname}|${request.search}|${request.host}", "/a%20b|?c=d|[::1]"],
    ["${request.header.X-Tenant}${request.header.x-missing}", "acme"],
    ["${client.address}", "2001:db8::1"],
    ["$${request.method} costs 5 $ {}", "${request.method} costs 5 $ {}"],
    ["$$${request.method}", "$${request.method}"],
    ["${request.method}${request.method}", "GETGET"],
  ])("%j gives %j", (text, expected) => {
    expect(fill(text)).toBe(expected);
  });

  it("gives text beyond ASCII as the bytes of UTF-8", () => {
    expect(fill("ü ${route.name}")).toBe("\xc3\xbc Z\xc3\xbcrich");
  });

  it("lets no line end out of a fact", () => {
    expect(fill("${request.id}")).toBe("7x-evil: 1");
  });

  it.each([
    ["a\r\nb", "request", "at character 2: control characters and line ends are not allowed"],
    ["id ${request.id", "request", 'at character 4: "${" without "}"'],
    ["id ${request.idd}", "request", 'at character 4: there is no fact "request.idd"; known are request.method'],
    ["${}", "request", 'at character 1: there is no fact ""'],
    ["${request.header.}", "request", "at character 1: there is no fact"],
    ["${request.header.a b}", "request", "at character 1: there is no fact"],
    ["${response.status}", "request", "at character 1: there is no response yet"],
    ["${response.body}", "response", 'at character 1: there is no fact "response.body"'],
  ] as const)("%j of a %s is refused: %s", (text, place, message) => {
    expect(() => parseTemplate(text, place)).toThrow(message);
  });
});
