/** How far the exchange of a step has come. */
import type { LogLine } from "../engine.js";
import type { Arrival, Client, Progress } from "../surroundings.js";
import type { SyncPoint } from "./payload.js";

export interface ProgressSource {
  client: Client;
  /** Those of this step. */
  arrivals: () => readonly Arrival[];
  lines: () => readonly LogLine[];
}

export function progressOf({ client, arrivals, lines }: ProgressSource): Progress {
  return {
    reached(point: SyncPoint) {
      if (point === "upstream") {
        return arrivals().length > 0;
      }
      if (point === "response") {
        return client.received.status > 0;
      }
      if ("upstream_bytes" in point) {
        return (arrivals()[0]?.body.length ?? 0) >= point.upstream_bytes;
      }
      if ("client_bytes" in point) {
        return client.received.bytes >= point.client_bytes;
      }
      return lines().some(({ text }) => text.includes(point.log));
    },
  };
}
