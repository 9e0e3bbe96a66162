/** Bodies of a gibibyte pass in constant memory, in both directions. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const gibibyte = 1024 ** 3;
/** Newer versions of Node let more garbage gather before they collect it, though no more for larger bodies. */
const allowedOverIdle = (Number(process.versions.node.split(".")[0]) < 22 ? 128 : 256) * 1024 ** 2;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let upstream: Server;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    if (request.method === "GET") {
      void writeGibibyte(response);
      return;
    }
    void countBytes(request).then((bytes) => response.end(String(bytes)));
  });
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
});

afterAll(async () => {
  upstream.close();
  await once(upstream, "close");
});

describe.each([
  { name: "a policy that looks at the headers", policy: here("../../examples/stop-request/policy.ts"), grows: false },
  { name: "a policy that rewrites the stream", policy: here("policies/mark-chunks.ts"), grows: true },
])("through $name", ({ policy, grows }) => {
  test(`an upload and a download of 1 GiB take at most ${allowedOverIdle / 1024 ** 2} MiB over idle`, {
    timeout: 240_000,
  }, async () => {
    const { port: upstreamPort } = upstream.address() as AddressInfo;
    const gateway = fork(here("support/memory-gateway.mjs"), [`http://127.0.0.1:${upstreamPort}`, policy], {
      // Not those of this process: memory is that of a gateway as it is started by anybody.
      execArgv: [],
    });
    try {
      const { port } = await ask<{ port: number }>(gateway);

      const uploaded = await exchange(port, "POST");
      const counted = Number((await uploaded.setEncoding("utf8").toArray()).join("").replaceAll("~", ""));
      const downloaded = await countBytes(await exchange(port, "GET"));
      for (const bytes of [counted, downloaded]) {
        expect(bytes).toBeGreaterThanOrEqual(grows ? gibibyte + 1 : gibibyte);
        expect(bytes).toBeLessThan(gibibyte * 1.01);
      }

      gateway.send("memory");
      const { idle, peak } = await ask<{ idle: number; peak: number }>(gateway);
      expect(peak - idle).toBeLessThanOrEqual(allowedOverIdle);
    } finally {
      if (gateway.connected) {
        gateway.send("close");
        await once(gateway, "exit");
      }
    }
  });
});

async function ask<T>(gateway: ChildProcess): Promise<T> {
  const died = once(gateway, "exit").then(([code]) => {
    throw new Error(`The gateway's process ended with ${String(code)}; has dist/ been built?`);
  });
  const [message] = (await Promise.race([once(gateway, "message"), died])) as [T];
  died.catch(() => undefined);
  return message;
}

async function exchange(port: number, method: "GET" | "POST"): Promise<IncomingMessage> {
  const request = httpRequest({ port, host: "127.0.0.1", method, headers: { authorization: "Bearer x" } });
  if (method === "POST") {
    void writeGibibyte(request);
  } else {
    request.end();
  }
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

async function writeGibibyte(target: Writable): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, "a");
  for (let written = 0; written < gibibyte; written += chunk.length) {
    if (!target.write(chunk)) {
      await once(target, "drain");
    }
  }
  target.end();
}

async function countBytes(message: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of message) {
    bytes += (chunk as Buffer).length;
  }
  return bytes;
}
