import { describe, expect, it } from "vitest";
import { FixedHeaders, type Headers } from "../../policy/headers.js";
import type { Response } from "../../policy/response.js";
import { BearerAnswers, firstOf, fromCookie, fromHeader, fromQuery, isBearerToken, resourceMetadata } from "./index.js";

/** A request whose headers are these, name, value, name, value. */
function request(list: string[] = [], path = "/") {
  const state = { path, list };
  const headers = Object.assign(new FixedHeaders(list), {
    delete(name: string) {
      for (let index = list.indexOf(name); index >= 0; index = list.indexOf(name)) {
        list.splice(index, 2);
      }
    },
    set(name: string, value: string) {
      this.delete(name);
      list.push(name, value);
    },
  }) as unknown as Headers;
  return Object.assign(state, { headers });
}

const field = (response: Response, name: string): string | undefined => {
  const list = response.headerList();
  const index = list.indexOf(name);
  return index < 0 ? undefined : list[index + 1];
};
const text = (response: Response): string => new TextDecoder().decode(response.bodyBytes() ?? new Uint8Array(0));

describe("a token in a header", () => {
  const source = fromHeader();

  it.each([
    ["Bearer abc", "abc"],
    ["bearer abc", "abc"],
    ["BEARER abc", "abc"],
    ["Bearer   abc", "abc"],
    ["Bearer abc, Bearer def", "abc, Bearer def"],
  ])("%j is %j", (value, token) => {
    const raw = source.read(request(["authorization", value]));
    expect(raw).toBe(value);
    expect(source.tokenIn(raw as string)).toBe(token);
  });

  it.each(["", "Bearer", "Bearer ", "Bearer    ", "Basic abc", "Bearerabc", "DPoP abc", "Bearer\tabc"])(
    "%j has none",
    (value) => {
      expect(source.tokenIn(value)).toBeUndefined();
    },
  );

  it("may be another header, with a scheme or without", () => {
    const plain = fromHeader("X-Token");
    expect(plain.tokenIn(plain.read(request(["x-token", "abc"])) as string)).toBe("abc");
    expect(plain.tokenIn("")).toBeUndefined();
    expect(fromHeader("x-token", "DPoP").tokenIn("dpop abc")).toBe("abc");
    expect(fromHeader("authorization", "").tokenIn("abc")).toBe("abc");
  });

  it("is undefined where there is no such header, and can be removed", () => {
    const asked = request(["authorization", "Bearer abc", "a", "b"]);
    source.remove(asked);
    expect([asked.list, source.read(asked)]).toEqual([["a", "b"], undefined]);
  });
});

describe("a token in a cookie or a query", () => {
  it("is the value, and what is there twice is more than one", () => {
    expect(fromCookie("sid").read(request(["cookie", "a=1; sid=abc"]))).toBe("abc");
    expect(fromCookie("sid").read(request(["cookie", "sid=abc; sid=def"]))).toBeNull();
    expect(fromCookie("sid").read(request(["cookie", "sid="]))).toBeUndefined();
    expect(fromQuery().read(request([], "/?access_token=a%62c"))).toBe("abc");
    expect(fromQuery("t").read(request([], "/?t=abc&t=abc"))).toBeNull();
    expect(fromQuery("t").read(request([], "/"))).toBeUndefined();
  });

  it("can be removed", () => {
    const asked = request(["cookie", "a=1; sid=abc"], "/?a=1&access_token=abc");
    fromCookie("sid").remove(asked);
    fromQuery().remove(asked);
    expect([asked.list, asked.path]).toEqual([["cookie", "a=1"], "/?a=1"]);
  });
});

describe("a token in one of several places", () => {
  const source = firstOf(fromHeader(), fromCookie("sid"), fromQuery());

  it("is found wherever it is", () => {
    expect(source.read(request(["authorization", "Bearer abc"]))).toBe("abc");
    expect(source.read(request(["authorization", "Basic abc", "cookie", "sid=def"]))).toBe("def");
    expect(source.read(request())).toBeUndefined();
  });

  it("is more than one where two places have one (RFC 6750 section 2)", () => {
    expect(source.read(request(["authorization", "Bearer abc"], "/?access_token=abc"))).toBeNull();
  });

  it("is removed from where it is, and other credentials stay", () => {
    const asked = request(["authorization", "Basic abc", "cookie", "sid=def"]);
    source.remove(asked);
    expect(asked.list).toEqual(["authorization", "Basic abc"]);
  });
});

it.each([
  ["abc", true],
  ["a-b._~+/9==", true],
  ["", false],
  ["a b", false],
  ["a,b", false],
  ["a=b", false],
  ["é", false],
  ["a\n", false],
])("%j can be a token: %s", (token, can) => {
  expect(isBearerToken(token)).toBe(can);
});

describe("an answer", () => {
  it("to a request without a token says how to come with one, and no error", () => {
    const answer = new BearerAnswers().missing();
    expect([answer.status, field(answer, "www-authenticate"), text(answer)]).toEqual([401, "Bearer", ""]);
    const more = new BearerAnswers({ realm: "api", scope: ["a", "b"], resourceMetadata: "https://a/.well-known/x" });
    expect(field(more.missing(), "www-authenticate")).toBe(
      'Bearer realm="api", resource_metadata="https://a/.well-known/x", scope="a b"',
    );
  });

  it.each([
    ["invalid_request", 400],
    ["invalid_token", 401],
    ["insufficient_scope", 403],
    ["invalid_dpop_proof", 401],
  ] as const)("of %s is %i, with the error in the field and in the body", (error, status) => {
    const answers = new BearerAnswers({ realm: "api" });
    const answer = answers.refuse(error, "No.");
    expect(answer.status).toBe(status);
    expect(field(answer, "www-authenticate")).toBe(`Bearer realm="api", error="${error}", error_description="No."`);
    expect(field(answer, "cache-control")).toBe("no-store");
    expect(JSON.parse(text(answer))).toEqual({ error, error_description: "No." });
    expect(answers.refuse(error, "No.")).toBe(answer);
  });

  it("can name the scopes of one request, and the scheme DPoP", () => {
    const answers = new BearerAnswers({ scheme: "DPoP", algs: ["ES256", "PS256"], scope: "a" });
    expect(field(answers.refuse("insufficient_scope", "No.", ["b", "c"]), "www-authenticate")).toBe(
      'DPoP algs="ES256 PS256", error="insufficient_scope", error_description="No.", scope="b c"',
    );
    expect(field(answers.missing(), "www-authenticate")).toBe('DPoP algs="ES256 PS256", scope="a"');
  });

  it.each([
    [{ realm: 'a"b' }, "realm"],
    [{ realm: "a\r\nb" }, "realm"],
    [{ scope: "ü" }, "scope"],
    [{ scheme: "Basic" as "Bearer" }, "scheme"],
  ])("of %j is refused", (options, what) => {
    expect(() => new BearerAnswers(options)).toThrow(
      expect.objectContaining({ code: "BEARER_OPTIONS", message: expect.stringContaining(what) as string }),
    );
  });
});

describe("the metadata of a resource", () => {
  it.each([
    ["https://api.example.com", "/.well-known/oauth-protected-resource"],
    ["https://api.example.com/", "/.well-known/oauth-protected-resource"],
    ["https://api.example.com:8443/a/b", "/.well-known/oauth-protected-resource/a/b"],
  ])("of %s are at %s (RFC 9728 section 3.1)", (resource, path) => {
    const metadata = resourceMetadata({
      resource,
      authorizationServers: ["https://as.example.com"],
      scopesSupported: ["a"],
    });
    expect([metadata.path, metadata.url]).toEqual([path, `${/^https:\/\/[^/]+/.exec(resource)![0]}${path}`]);
    const answer = metadata.answer({ method: "GET", path: `${path}?a` })!;
    expect([answer.status, field(answer, "content-type")]).toEqual([200, "application/json"]);
    expect(JSON.parse(text(answer))).toEqual({
      resource,
      authorization_servers: ["https://as.example.com"],
      scopes_supported: ["a"],
      bearer_methods_supported: ["header"],
    });
    expect(metadata.answer({ method: "POST", path })?.status).toBe(405);
    expect(metadata.answer({ method: "GET", path: `${path}/x` })).toBeUndefined();
  });

  it.each(["api.example.com", "https://", "https://a?b", "https://a/b#c", 'https://a/"', "ftp://a", undefined])(
    "of %s are refused",
    (resource) => {
      expect(() => resourceMetadata({ resource: resource as string })).toThrow(
        expect.objectContaining({ code: "BEARER_OPTIONS" }),
      );
    },
  );
});
