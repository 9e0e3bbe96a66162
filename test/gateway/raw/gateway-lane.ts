/** Lanes of the embedded gateway. */
import { startGateway } from "../../../src/gateway/index.js";
import type { Lane } from "./lane.js";
import { RecordingUpstream } from "./recording-upstream.js";

/** `defects` gets what the gateway calls its own faults. */
export async function openGatewayLane(defects: unknown[]): Promise<Lane> {
  const upstream = await RecordingUpstream.start();
  const gateway = await startGateway(
    { upstream: `http://127.0.0.1:${upstream.port}`, timeouts: { drainMilliseconds: 100 } },
    { onDefect: (error) => defects.push(error), reports: { onHostFailure: (_facts, error) => defects.push(error) } },
  );
  return {
    port: gateway.port,
    upstream,
    async close() {
      await Promise.all([gateway.close(), upstream.close()]);
    },
  };
}
