import { describe, expect, it } from "vitest";
import { isSecretName, redact, redactText } from "./redact.js";

describe("texts", () => {
  it.each([
    ["Authorization: Bearer abc.def-ghi", "Authorization: Bearer [redacted]"],
    ["basic Basic dXNlcjpwYXNz", "basic Basic [redacted]"],
    ["token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "token [redacted] end"],
    ["https://user:pass@host/path", "https://[redacted]@host/path"],
    ["https://token@host/path", "https://[redacted]@host/path"],
    ["GET /a?access_token=abc&x=1#f", "GET /a?access_token=[redacted]&x=1#f"],
    ["/a?x=1&api_key=k3y", "/a?x=1&api_key=[redacted]"],
    ["/a?client-secret=s&sig=s", "/a?client-secret=[redacted]&sig=[redacted]"],
  ])("lose their secrets: %s", (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each(["the bearer of this", "see https://host/@name?page=2", "user@host", "/a?code=404&author=me"])(
    "stay where there are none: %s",
    (text) => {
      expect(redactText(text)).toBe(text);
    },
  );
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

it("names of secrets are known in any case and with any prefix", () => {
  for (const name of [
    "Authorization",
    "Set-Cookie",
    "X-API-Key",
    "apiKey",
    "db_password",
    "clientSecret",
    "access_token",
    "private-key",
  ]) {
    expect(isSecretName(name)).toBe(true);
  }
  for (const name of ["accept", "key", "author", "cookiePolicy"]) {
    expect(isSecretName(name)).toBe(false);
  }
});
