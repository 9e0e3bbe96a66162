import { describe, expect, it } from "vitest";
import { isSecretName, redact, redactText } from "./redact.js";

describe("texts", () => {
  it.each([
    ["Authorization: Bearer abc.def-ghi", "Authorization: Bearer [redacted]"],
    ["basic Basic dXNlcjpwYXNz", "basic Basic [redacted]"],
    ['authorization: Digest username="u", response="6629"', "authorization: [redacted]"],
    ["Proxy-Authorization: AWS4-HMAC-SHA256 Credential=AKI/x, Signature=abc", "Proxy-Authorization: [redacted]"],
    ["token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "token [redacted] end"],
    ["https://user:pass@host/path", "https://[redacted]@host/path"],
    ["https://token@host/path", "https://[redacted]@host/path"],
    ["postgres://app:hunter2@db:5432/x is down", "postgres://[redacted]@db:5432/x is down"],
    ["GET /a?access_token=abc&x=1#f", "GET /a?access_token=[redacted]&x=1#f"],
    ["/a?x=1&api_key=k3y", "/a?x=1&api_key=[redacted]"],
    ["/a?client-secret=s&sig=s", "/a?client-secret=[redacted]&sig=[redacted]"],
    ["/callback?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", "/callback?code=[redacted]&state=xyz"],
    ["/otp?code=123456", "/otp?code=[redacted]"],
    ["/maps?key=AIzaSyD&q=1", "/maps?key=[redacted]&q=1"],
    [
      "/a?id_token=a&refresh_token=b&apikey=c&x=1",
      "/a?id_token=[redacted]&refresh_token=[redacted]&apikey=[redacted]&x=1",
    ],
    [
      "/a?sid=a&session=b&auth=c&jwt=d&pwd=e",
      "/a?sid=[redacted]&session=[redacted]&auth=[redacted]&jwt=[redacted]&pwd=[redacted]",
    ],
    ["/a;jsessionid=0A1B?PHPSESSID=x", "/a;jsessionid=[redacted]"],
    ["/acs?SAMLResponse=PHNh&RelayState=1", "/acs?SAMLResponse=[redacted]&RelayState=1"],
    [
      "/o?X-Amz-Credential=AKI%2Fx&X-Amz-Date=2026&X-Amz-Security-Token=t&X-Amz-Signature=s",
      "/o?X-Amz-Credential=[redacted]&X-Amz-Date=2026&X-Amz-Security-Token=[redacted]&X-Amz-Signature=[redacted]",
    ],
    ["/o?X-Goog-Signature=s&GoogleAccessId=x", "/o?X-Goog-Signature=[redacted]&GoogleAccessId=x"],
    ["#access_token=abc&expires_in=5", "#access_token=[redacted]&expires_in=5"],
    ["client_assertion=a.b&grant_type=x", "client_assertion=[redacted]&grant_type=x"],
    ["cannot log in with password=hunter2", "cannot log in with password=[redacted]"],
    ["x-session-id: 77af", "x-session-id: 77af"],
    ["x-session-id: 77af01c2", "x-session-id: [redacted]"],
    ["x-api-key: 0123456789", "x-api-key: [redacted]"],
    ["bad token: abc123def", "bad token: [redacted]"],
    ['{"client_secret":"s","n":1}', '{"client_secret":"[redacted]","n":1}'],
    ["{ password: 'it\\'s', user: 'u' }", "{ password: \"[redacted]\", user: 'u' }"],
    ['{"body":"{\\"client_secret\\":\\"s\\",\\"n\\":1}"}', '{"body":"{\\"client_secret\\":"[redacted]",\\"n\\":1}"}'],
    ["db?user=u&pass=hunter2&x=1", "db?user=u&pass=[redacted]&x=1"],
    ["/verify?otp=123456", "/verify?otp=[redacted]"],
    ["signed in with user_pass=hunter2", "signed in with user_pass=[redacted]"],
    ["the key AKIAIOSFODNN7EXAMPLE is not known", "the key [redacted] is not known"],
    ["ghp_0123456789abcdefghijABCDEFGHIJ012345,", "[redacted],"],
    [["sk", "live", "0123456789abcdefABCD"].join("_"), "[redacted]"],
    ["a\n-----BEGIN RSA PRIVATE KEY-----\nMII\nE\n-----END RSA PRIVATE KEY-----\nb", "a\n[redacted]\nb"],
  ])("lose their secrets: %s", (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each([
    "the bearer of this",
    "see https://host/@name?page=2",
    "user@host",
    "/a?code=404&author=me",
    "/a?country_code=DE&zipcode=12345&keyword=x&sort_key=name&monkey=1",
    "/a?design=x&assign=y&inside=z&session_length=5&authority=a",
    "/a?page=2&limit=10&q=token",
    "max_tokens=100, tokens: 12",
    "config.token: expected a string",
    "config.authorization: expected a string",
    "password: must have 8 characters",
    'unknown key "token": did you mean "tokens"?',
    "the token is expired",
    "code=EACCES key=5",
    "12:00:00 http://host:80/x",
    "/a?bypass=1&compass=north&scotopic=2",
    "AKIA is how they begin, MAKIAIOSFODNN7EXAMPLE does not",
    "POLICY_FAILED: the policy failed",
    "-----BEGIN CERTIFICATE-----\nMII",
  ])("stay where there are none: %s", (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    "a.".repeat(50_000),
    "eyJ-".repeat(25_000),
    "token".repeat(20_000),
    'token:"'.repeat(15_000),
    "Bearer ".repeat(15_000),
    "://x".repeat(25_000),
    "token: ".repeat(15_000),
    "?code=".repeat(20_000),
    "-----BEGIN PRIVATE KEY-----".repeat(4_000),
    "cookie ".repeat(15_000),
    `cookie${" ".repeat(100_000)}`,
    `Bearer${" ".repeat(100_000)}`,
  ])("of any form cost no more than their length: %#", (text) => {
    // Were it the square of the length, it would be minutes.
    expect(redactText(text).length).toBeGreaterThan(0);
  });
});

describe("values", () => {
  it("lose what stands under secret names, at any depth, in objects, maps and header lists", () => {
    expect(
      redact({
        Authorization: "x",
        nested: {
          client_secret: { any: 1 },
          list: [
            ["set-cookie", "x"],
            ["accept", "y"],
          ],
        },
        map: new Map<string, unknown>([
          ["password", "x"],
          ["user", "u"],
        ]),
        ok: "Bearer abcdef",
      }),
    ).toEqual({
      Authorization: "[redacted]",
      nested: {
        client_secret: "[redacted]",
        list: [
          ["set-cookie", "[redacted]"],
          ["accept", "y"],
        ],
      },
      map: { password: "[redacted]", user: "u" },
      ok: "Bearer [redacted]",
    });
  });

  it("become what they say of themselves for JSON, without secrets", () => {
    expect(
      redact({ url: new URL("https://user:pass@host/"), own: { secret: 1, toJSON: () => ({ token: "t", id: 1 }) } }),
    ).toEqual({
      url: "https://[redacted]@host/",
      own: { token: "[redacted]", id: 1 },
    });
  });

  it("become what JSON can hold", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const shown = redact({
      big: 1n,
      fn: () => 1,
      symbol: Symbol("s"),
      date: new Date(0),
      bad: new Date(NaN),
      bytes: new Uint8Array(3),
      set: new Set(["a"]),
      error: Object.assign(new Error("Bearer abcdef"), { code: "CODE" }),
      nothing: null,
      cycle,
    });
    expect(JSON.parse(JSON.stringify(shown))).toMatchObject({
      big: "1",
      fn: "[function]",
      symbol: "[symbol]",
      date: "1970-01-01T00:00:00.000Z",
      bad: "[invalid date]",
      bytes: "[3 bytes]",
      set: { 0: "a" },
      error: { name: "Error", message: "Bearer [redacted]", code: "CODE" },
      nothing: null,
    });
    expect(JSON.stringify(shown)).toContain("[deep]");
  });

  it("keep the cause of an error", () => {
    const error = new TypeError("outer", { cause: new Error("Bearer abcdefgh") });
    expect(redact({ error })).toEqual({
      error: { name: "TypeError", message: "outer", cause: { name: "Error", message: "Bearer [redacted]" } },
    });
  });

  it("lose the secret members of JSON and cookies inside text, and nothing else of it", () => {
    expect(redact('got {"user":"u","access_token": "a\\"b","password":"p"}')).toBe(
      'got {"user":"u","access_token": "[redacted]","password":"[redacted]"}',
    );
    expect(redact("cookie: session=1; b=2\nnext")).toBe("cookie: [redacted]\nnext");
    expect(redact("config.token: expected a string")).toBe("config.token: expected a string");
  });

  it("do not change the original", () => {
    const value = { token: "t", list: ["Bearer abcdef"] };
    redact(value);
    expect(value).toEqual({ token: "t", list: ["Bearer abcdef"] });
  });

  it("that iterate for ever end somewhere", () => {
    const endless = {
      *[Symbol.iterator]() {
        for (;;) {
          yield 1;
        }
      },
    };
    expect(Object.keys(redact(endless) as object).length).toBeLessThan(10_000);
  });
});

it.each([
  ..."Authorization Proxy-Authorization Cookie Set-Cookie X-API-Key apiKey db_password clientSecret access_token private-key".split(
    " ",
  ),
  ..."x-session-id sessionId session sid PHPSESSID x-auth x-auth-token x-csrf-token x-amz-security-token jwt user_pwd".split(
    " ",
  ),
  ..."X-Goog-Api-Key Ocp-Apim-Subscription-Key x-hub-signature-256 x-goog-iap-jwt-assertion aws_access_key_id SAMLResponse".split(
    " ",
  ),
])("%s is the name of a secret", (name) => {
  expect(isSecretName(name)).toBe(true);
});

it.each([
  ..."accept key author cookiePolicy code path user-agent x-request-id traceparent etag www-authenticate host".split(
    " ",
  ),
  ..."idempotency-key sec-websocket-key cache-key sessionTimeout inside authority assertive design keyId".split(" "),
])("%s is none", (name) => {
  expect(isSecretName(name)).toBe(false);
});

it("shows the beginning of a long text, without a secret that it would cut", () => {
  const long = redact(`${"x".repeat(8_180)} Bearer ${"s".repeat(20_000)}`) as string;
  expect(long.length).toBeLessThan(8_300);
  expect(long).not.toContain("sss");
  expect(long).toMatch(/… \(28188 characters\)$/);
  expect(redact(new Error("m".repeat(5_000_000)))).toMatchObject({
    message: expect.stringMatching(/^m{8000,8192}… \(5000000 characters\)$/),
  });
  expect(redact("y".repeat(8_192))).toBe("y".repeat(8_192));
});

it("shows no more of a value than a line has room for, however much there is", () => {
  let read = 0;
  const item = {
    get counted() {
      read++;
      return "text";
    },
  };
  const array: unknown[] = Array.from({ length: 100_000 }, () => item);
  const cycle: unknown[] = [];
  cycle.push(...Array.from({ length: 1_000 }, () => cycle));
  const endless = {
    *[Symbol.iterator]() {
      for (;;) {
        yield item;
      }
    },
  };
  const object = Object.fromEntries(array.map((value, index) => [`name${index}`, value]));
  const errors = new AggregateError(array, "many");
  const texts = Array.from({ length: 1_000 }, () => "x".repeat(8_000));
  for (const value of [array, object, endless, errors, cycle, texts, { ["n".repeat(1_000_000)]: 1 }]) {
    read = 0;
    expect(JSON.stringify(redact(value)).length).toBeLessThan(100_000);
    expect(read).toBeLessThanOrEqual(1_000);
  }
  expect(JSON.stringify(redact(array))).toContain("[no room]");
});

it("is the same when it is done again", () => {
  const once = redact({ message: "m".repeat(5_000_000), texts: ["x".repeat(20_000), "pass=hunter2"] });
  expect(redact(once)).toEqual(once);
});

it("tells of an error what can be read of it", () => {
  const error = Object.defineProperty(new Error("readable"), "code", {
    get: () => {
      throw new Error("trap");
    },
  });
  expect(redact({ error })).toEqual({ error: { name: "Error", message: "readable" } });
});
