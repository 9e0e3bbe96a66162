import { describe, expect, it, onTestFinished } from "vitest";
import { ScriptedServer } from "../../src/cases/http1/scripted-server.js";
import { becomes } from "../../src/cases/http1/wait.js";
import { type AccessEntry, startGateway } from "../../src/gateway/index.js";
import { RawClient } from "../gateway/support/raw-client.js";
import { policyFile } from "./case-files.js";

describe("partial requests on the embedded gateway", () => {
  it("are reported with the policy that made them", async () => {
    const upstream = await ScriptedServer.start({ status: 200 });
    onTestFinished(() => upstream.close());
    const entries: AccessEntry[] = [];
    const reported: string[] = [];
    const gateway = await startGateway(
      {
        upstream: upstream.origin,
        policies: [
          {
            use: policyFile("early-response-shared-data"),
            name: "guard",
            config: { mode: "await-body" },
            partialRequests: "allow",
          },
        ],
      },
      { accessLog: (entry) => entries.push(entry), reports: { onPartialRequest: (policy) => reported.push(policy) } },
    );
    const client = new RawClient(gateway.port);
    onTestFinished(() => {
      client.close();
    });
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nConnection: close\r\n\r\nforb");
    expect(await becomes(() => upstream.arrivals.length > 0)).toBe(true);
    await client.send("idden").untilEnd();
    await gateway.close();
    expect(reported).toEqual(["guard"]);
    expect(entries).toMatchObject([{ status: 403, partialRequestBy: "guard" }]);
  });
});
