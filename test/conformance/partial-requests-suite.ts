/** What the upstream sees of a request that a policy breaks when its body is there. */
import { describe, expect, it, onTestFinished } from "vitest";
import { RawClient, parseResponse } from "../gateway/support/raw-client.js";
import type { Engine, PolicyUse } from "./engine.js";
import { ScriptedServer } from "./http1/scripted-server.js";
import { policyFile } from "./runner/stage.js";

const head = "POST /seat HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const begin = "5\r\nbegin\r\n";
const forbiddenEnd = "9\r\nforbidden\r\n0\r\n\r\n";

type Mode = "await-body" | "hold-headers";

export function partialRequests(engine: Engine): void {
  async function start(mode: Mode, partialRequests: PolicyUse["partialRequests"]) {
    const upstream = await ScriptedServer.start({ status: 200 });
    onTestFinished(() => upstream.close());
    const name = "early-response-shared-data";
    const running = await engine.start({
      policies: [{ name, file: policyFile(name), config: { mode }, partialRequests }],
      upstream: upstream.origin, services: {},
    });
    onTestFinished(() => running.close());
    const client = new RawClient(running.port);
    onTestFinished(() => {
      client.close();
    });
    return { upstream, running, client };
  }

  describe("a request that is broken when its body is there", () => {
    it("reaches the upstream as a beginning that is broken off, where partial requests are allowed", async () => {
      const { upstream, client } = await start("await-body", "allow");
      client.send(head);
      const arrival = await upstream.untilArrival();
      expect(arrival).toMatchObject({ method: "POST", path: "/seat", complete: false });
      client.send(begin + forbiddenEnd);
      expect(parseResponse(await client.until("denied")).status).toBe(403);
      await upstream.untilAllClosed();
      expect(upstream.arrivals).toHaveLength(1);
      expect(arrival.complete).toBe(false);
      expect(arrival.body.toString()).not.toContain("forbidden");
      expect(upstream.problems).toEqual([]);
    });

    it.each([
      ["where they are prevented", "await-body", "prevent"],
      ["where the filter holds the headers, though they are allowed", "hold-headers", "allow"],
      ["where the filter holds the headers and they are prevented", "hold-headers", "prevent"],
    ] as const)("never reaches the upstream, %s", async (_where, mode, partialRequests) => {
      const { upstream, running, client } = await start(mode, partialRequests);
      client.send(head + begin);
      client.send(forbiddenEnd);
      expect(parseResponse(await client.until("denied")).status).toBe(403);
      await running.close();
      await upstream.untilAllClosed();
      expect(upstream.arrivals).toEqual([]);
      expect(upstream.problems).toEqual([]);
    });
  });
}
