/** Hands what a request brings to everything that reads such things: `x-op` says which, `x-arg` and the body are what. */
import { definePolicy, Response } from "sluice";
import { cookies } from "sluice/cookies";
import { form } from "sluice/forms";
import { counter } from "sluice/metrics";
import { query } from "sluice/query";
import { every } from "sluice/schedule";
import { storage } from "sluice/storage";
import { upstream } from "sluice/upstream";

const encoder = new TextEncoder();
const hoard: unknown[] = [];

/** As what a URL may have. */
function wellFormed(text: string): string {
  return new TextDecoder().decode(encoder.encode(text));
}

async function signatures(arg: string, bytes: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const { subtle } = crypto;
  const der = Uint8Array.from(arg, (char) => char.charCodeAt(0) & 0xff);
  const attempts = [
    async () => {
      const kind = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
      return subtle.verify(kind.name, await subtle.importKey("spki", der, kind, false, ["verify"]), bytes, bytes);
    },
    async () => {
      const kind = { name: "ECDSA", namedCurve: "P-256" } as const;
      const key = await subtle.importKey("spki", der, kind, false, ["verify"]);
      return subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes, bytes);
    },
    async () => {
      const kind = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" } as const;
      const key = await subtle.importKey("pkcs8", der, kind, false, ["sign"]);
      return (await subtle.sign(kind.name, key, bytes)).byteLength;
    },
    async () => {
      const key = await subtle.importKey("raw", der, "Ed25519", false, ["verify"]);
      return subtle.verify("Ed25519", key, bytes, bytes);
    },
  ];
  const outcomes = await Promise.allSettled(attempts.map((attempt) => attempt()));
  return outcomes.map(({ status }) => status);
}

/** Each reads `arg` and the body's bytes, and may throw. */
const operations: Readonly<Record<string, (arg: string, bytes: Uint8Array<ArrayBuffer>) => unknown>> = {
  json: (arg, bytes) => [JSON.stringify(JSON.parse(new TextDecoder().decode(bytes))), JSON.parse(arg) as unknown],
  regexp: (arg, bytes) => {
    const [pattern = "", flags = ""] = arg.split("\u00a7");
    const text = new TextDecoder().decode(bytes);
    const expression = new RegExp(pattern, flags);
    return [expression.exec(text), text.replace(expression, "$1$&$'"), text.split(expression).length];
  },
  url: (arg, bytes) => {
    const url = new URL(arg, "http://base.test/a/b?c#d");
    url.search = new TextDecoder().decode(bytes);
    url.host = arg;
    url.searchParams.append(arg, arg);
    return url.href;
  },
  text: (arg, bytes) => [
    new TextDecoder("utf-8", { fatal: arg.length % 2 === 0 }).decode(bytes),
    encoder.encode(arg).length,
    arg.normalize("NFKC"),
    arg.toUpperCase(),
    encodeURIComponent(wellFormed(arg)),
  ],
  base64: (arg, bytes) => [atob(arg), btoa(String.fromCharCode(...bytes.subarray(0, 1_000)))],
  structured: (arg, bytes) => structuredClone({ arg, bytes, map: new Map([[arg, bytes]]), self: [arg, [bytes]] }),
  date: (arg) => [new Date(arg).toISOString(), Date.parse(arg)],
  number: (arg) => [Number(arg).toString(36), Number.parseFloat(arg).toFixed(20), BigInt(arg).toString(7)],
  digest: async (arg, bytes) =>
    Promise.all(
      (["SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const).map((name) => crypto.subtle.digest(name, bytes)),
    ).then((digests) => [arg, ...digests.map((digest) => digest.byteLength)]),
  signatures,
  aes: async (arg, bytes) => {
    const key = await crypto.subtle.importKey("raw", bytes.slice(0, 16), "AES-GCM", false, ["encrypt", "decrypt"]);
    const params = { name: "AES-GCM" as const, iv: encoder.encode(arg) };
    return (await crypto.subtle.decrypt(params, key, bytes)).byteLength;
  },
  recursion: (arg) => {
    const deeper = (level: number): number => deeper(level + arg.length) + 1;
    return deeper(0);
  },
  memory: (arg) => {
    const kept: string[] = [];
    for (;;) {
      kept.push(`${arg.repeat(1_000)}${kept.length}`);
    }
  },
  loop: (arg) => {
    for (let index = 0; ; index++) {
      if (arg === String(index)) {
        return index;
      }
    }
  },
  sort: (arg, bytes) =>
    [...bytes].sort(() => {
      bytes.fill(0);
      return arg.length - 3;
    }).length,
  proxies: (arg) => {
    const hostile = new Proxy([arg], {
      get: (target, key) => (key === "length" ? 2 ** 31 : (Reflect.get(target, key) as unknown)),
    });
    return Array.prototype.slice.call(hostile, 2 ** 31 - 10).length;
  },
};

export default definePolicy({
  configure(context) {
    every(context, "100ms", () => {
      // Sooner or later the engine ends of it.
      hoard.push(new Array(hoard.length * 500).fill(0).map((_, index) => ({ index })));
    });
    return {
      service: upstream(context, "svc"),
      seen: counter(context, "seen", { labels: ["op"] }),
      kept: storage<unknown>(context, "kept"),
    };
  },

  async onRequest(request, { resources: { service, seen, kept }, logger }) {
    const op = request.headers.get("x-op") ?? "";
    const arg = request.headers.get("x-arg") ?? "";
    seen.with({ op }).increment();
    request.headers.set("x-seen", encodeURIComponent(wellFormed(arg)));
    request.headers.append("x-seen", op);
    request.headers.delete("x-op");
    const read = operations[op];
    if (read !== undefined) {
      const state = await request.intoBodyState();
      try {
        const result = await read(arg, Uint8Array.from(state.bytes()));
        logger.debug(String(result).slice(0, 100));
      } catch (error) {
        logger.debug(String(error).slice(0, 100));
      }
      return;
    }
    switch (op) {
      case "cookies":
        cookies(request).set("added", encodeURIComponent(wellFormed(arg)));
        break;
      case "query":
        query(request).append(arg, arg);
        break;
      case "form": {
        const state = await request.intoHeadersBodyState();
        form(state).append("added", arg);
        break;
      }
      case "replace": {
        const state = await request.intoHeadersBodyState();
        state.setBody(encoder.encode(arg.repeat(arg.length)));
        break;
      }
      case "stream": {
        const state = await request.intoBodyStreamState();
        let bytes = 0;
        for await (const chunk of state.stream) {
          bytes += chunk.length;
        }
        logger.debug(`${bytes}`);
        break;
      }
      case "store":
        await kept.set(arg.slice(0, 100) || "key", { arg });
        logger.debug(String(await kept.get(arg.slice(0, 100) || "key")));
        break;
      case "wait":
        await new Promise((resolve) => setTimeout(resolve, arg.length, undefined));
        break;
      case "call": {
        const answer = await service.fetch(`/${encodeURIComponent(wellFormed(arg))}`, { method: "POST", body: arg });
        return new Response(answer.text(), { status: 201, headers: { "x-status": String(answer.status) } });
      }
      case "answer":
        return new Response(arg, { status: 200 + (arg.length % 300), headers: { "x-op": op } });
      case "throw":
        throw new Error(arg);
      default:
    }
    return;
  },

  async onResponse(response, { resources: { seen } }) {
    const op = response.headers.get("x-response-op") ?? "";
    seen.with({ op: `response-${op}` }).increment();
    if (op === "body") {
      const state = await response.intoHeadersBodyState();
      state.setBody(encoder.encode(new TextDecoder().decode(state.bytes()).toUpperCase()));
    } else if (op === "wait") {
      await new Promise((resolve) => setTimeout(resolve, 2, undefined));
    } else if (op === "throw") {
      throw new Error(op);
    }
    response.headers.set("x-response-seen", op);
  },

  onDone(_exchange, { logger }) {
    logger.debug("done");
  },
});
