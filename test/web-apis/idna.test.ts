/** Host names in a module against the data of Unicode in full, as the package tr46 has them. */
import { createRequire } from "node:module";
import { beforeAll, describe, expect, it } from "vitest";
import { bothWorlds, type World } from "./worlds.js";

const { toASCII } = createRequire(import.meta.url)("tr46") as {
  toASCII(domain: string, options: Readonly<Record<string, boolean>>): string | null;
};

const forbidden = /[\0- #%/:<>?@[\\\]^|\x7f]/;

function expected(host: string): string | null {
  const ascii = toASCII(host, { checkBidi: true, checkJoiners: true });
  return ascii === null || ascii === "" || forbidden.test(ascii) ? null : ascii;
}

/** Answers a JSON list of hosts, in hexadecimal, with what each becomes. */
const policy = `import { definePolicy, Response } from "sluice";
  const hostname = (host: string) => { try { return new URL("http://" + host + "/").hostname; } catch { return null; } };
  export default definePolicy({
    async onRequest(request) {
      const { path } = await request.intoHeadersState();
      const hosts = JSON.parse(decodeURIComponent(path.slice(1))) as string[];
      return new Response(200).withBody(JSON.stringify(hosts.map(hostname)));
    },
  });`;

let module: World;
beforeAll(async () => {
  module = (await bothWorlds(policy)).find(({ name }) => name === "module")!;
}, 300_000);

async function hostnames(hosts: readonly string[]): Promise<(string | null)[]> {
  return JSON.parse(await module.ask(`/${encodeURIComponent(JSON.stringify(hosts))}`)) as (string | null)[];
}

async function differences(hosts: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let from = 0; from < hosts.length; from += 1_000) {
    const part = hosts.slice(from, from + 1_000);
    const names = await hostnames(part);
    part.forEach((host, index) => {
      if (names[index] !== expected(host)) {
        found.push([JSON.stringify(host), names[index], expected(host)]);
      }
    });
  }
  return found;
}

/** Of large ranges whose code points are all alike, a few. */
function isTried(code: number): boolean {
  if (code >= 0xd800 && code <= 0xdfff) {
    return false;
  }
  const alike =
    (code >= 0x3400 && code < 0xd7a4) || (code >= 0xe000 && code < 0xf900) || (code >= 0x12000 && code < 0x1b000);
  return (code < 0x20000 && !alike) || (code >= 0xe0000 && code < 0xe0200) || code % 97 === 0;
}

describe("a host name beyond ASCII in a module", () => {
  it("is mapped, or refused, as UTS #46 says for each character", { timeout: 120_000 }, async () => {
    const codes = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => code >= 0x80 && isTried(code));
    expect(await differences(codes.map((code) => `a${String.fromCodePoint(code)}b`))).toEqual([]);
  });

  it("follows the rules about joiners, bidirectional text, marks and Punycode", { timeout: 120_000 }, async () => {
    const chars = [
      ...Array.from(
        "abz01-.\u00fc\u00df\u05d0\u05ea\u0627\u0628\u0631\u0661\u06f1\u06f2\u200c\u200d\u094d\u0915\u0301\u064b",
      ),
      "xn--",
    ];
    let state = 1;
    const below = (limit: number): number => {
      state = (state * 48_271) % 0x7fffffff;
      return state % limit;
    };
    const hosts = Array.from({ length: 5_000 }, () =>
      Array.from({ length: 1 + below(6) }, () => chars[below(chars.length)]!).join(""),
    ).filter((host) => !/(?:^|\.)[0-9]+\.?$/.test(expected(host) ?? ""));
    expect(await differences(hosts)).toEqual([]);
  });
});
