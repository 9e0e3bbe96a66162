/** How many connections clients may have. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { ListenerLimits } from "../../src/config/types.js";
import { type RefusedConnections, startGateway } from "../../src/gateway/index.js";
import { rawUpstream } from "./support/gateway-fixture.js";
import { RawClient } from "./support/raw-client.js";
import { answering, okResponse } from "./support/raw-upstream.js";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function fixture(connectionLimits: Partial<ListenerLimits>) {
  const upstream = await rawUpstream(answering(okResponse));
  const refused: RefusedConnections[] = [];
  const gateway = await startGateway(
    { upstream: upstream.url, connectionLimits },
    { onConnectionsRefused: (each) => refused.push(each) },
  );
  onTestFinished(() => gateway.close());
  const client = () => {
    const sender = new RawClient(gateway.port);
    onTestFinished(() => {
      sender.close();
    });
    return sender;
  };
  const served = async () => {
    const sender = client().send(get);
    await sender.until("\r\n\r\nok");
    return sender;
  };
  return { client, served, refused };
}

describe.each(["connections", "connectionsPerClient"] as const)("listener.limits.%s", (limit) => {
  it("closes a connection more at once, and lets one in when another ends", async () => {
    const { client, served } = await fixture({ [limit]: 3 });
    const [first] = await Promise.all([served(), served(), served()]);
    expect(await client().untilEnd()).toBe("");
    first.close();
    await expect
      .poll(() => client().send(get.replace("a\r\n", "a\r\nConnection: close\r\n")).untilEnd())
      .toContain("\r\n\r\nok");
  });

  it("is told to the operator once for a flood", async () => {
    const { client, served, refused } = await fixture({ [limit]: 1 });
    await served();
    await Promise.all(Array.from({ length: 50 }, () => client().untilEnd()));
    expect(refused).toEqual([{ limit, value: 1, count: 1, clientIp: "127.0.0.1" }]);
  });
});
