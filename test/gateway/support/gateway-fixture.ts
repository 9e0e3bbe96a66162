/** A gateway for one test: what it told about its exchanges, and its end with the test. */
import { onTestFinished } from "vitest";
import { type AccessEntry, type Gateway, type SingleRoute, startGateway } from "../../../src/gateway/index.js";
import { RawClient } from "./raw-client.js";
import { type RawConnection, RawUpstream } from "./raw-upstream.js";

export interface GatewayFixture {
  gateway: Gateway;
  /** The lines of the access log. */
  entries: AccessEntry[];
  /** Defects of the gateway; none are expected, and the fixture fails the test when there are some. */
  defects: unknown[];
  /** Waits for the access log's line with this index. */
  entry(index?: number): Promise<AccessEntry>;
  /** A new connection to the gateway, closed with the test. */
  client(): RawClient;
}

export async function gatewayFor(route: SingleRoute): Promise<GatewayFixture> {
  const entries: AccessEntry[] = [];
  const defects: unknown[] = [];
  const waiting = new Set<() => void>();
  const gateway = await startGateway(route, {
    accessLog(entry) {
      entries.push(entry);
      waiting.forEach((wake) => {
        wake();
      });
    },
    onDefect: (error) => defects.push(error),
    reports: { onHostFailure: (_facts, error) => defects.push(error) },
  });
  onTestFinished(async () => {
    await gateway.close();
    if (defects.length > 0) {
      throw new AggregateError(defects, "The gateway had defects.");
    }
  });
  return {
    gateway,
    entries,
    defects,
    async entry(index = 0) {
      while (entries.length <= index) {
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
        });
      }
      return entries[index]!;
    },
    client() {
      const client = new RawClient(gateway.port);
      onTestFinished(() => {
        client.close();
      });
      return client;
    },
  };
}

/** An upstream of raw bytes, closed with the test. */
export async function rawUpstream(onConnection?: (connection: RawConnection) => void): Promise<RawUpstream> {
  const upstream = await RawUpstream.start(onConnection);
  onTestFinished(() => upstream.close());
  return upstream;
}

/** A gateway with a raw upstream behind it. */
export async function gatewayAndUpstream(
  onConnection?: (connection: RawConnection) => void,
  route: Omit<SingleRoute, "upstream"> = {},
): Promise<GatewayFixture & { upstream: RawUpstream }> {
  // onTestFinished runs in reverse order: the gateway is closed before its upstream, which must not wait for a drain.
  const upstream = await rawUpstream(onConnection);
  const timeouts = { drainMilliseconds: 200, ...route.timeouts };
  return { ...(await gatewayFor({ ...route, timeouts, upstream: upstream.url })), upstream };
}
