/** What Envoy does not honour of a gateway file, or honours differently. `docs/envoy.md` has the whole table. */
import { isIP } from "node:net";
import { setBodyBytesOf } from "../config/plugin-configuration.js";
import type { ConfigPath } from "../config/problems.js";
import type { GatewayConfig } from "../config/types.js";

/** One key of the gateway file. */
export interface Difference {
  path: ConfigPath;
  message: string;
}

export interface Differences {
  /** Envoy runs, and does this differently. */
  warnings: readonly Difference[];
  /** Envoy would not start. */
  problems: readonly Difference[];
}

/** Who starts Envoy: `sluice run`, which stops and logs as the gateway does, or somebody with the written files. */
export type EnvoyStarter = "sluice" | "somebody" | "somebody, natively";

/** Largest window of a stream in HTTP/2 (RFC 9113, section 6.9.1), which is what Envoy buffers of it. */
const largestBuffer = 2_147_483_647;

/** `isWritten`: whether a key stands in the file. What is not written has defaults, of which only the documentation tells. */
export function differences(
  config: GatewayConfig,
  isWritten: (path: ConfigPath) => boolean,
  starter: EnvoyStarter,
): Differences {
  const { listener, routes, log } = config;
  const warnings: Difference[] = [];
  const problems: Difference[] = [];
  const warn = (path: ConfigPath, message: string): void => {
    if (isWritten(path)) {
      warnings.push({ path, message });
    }
  };

  if (isIP(listener.host) === 0) {
    problems.push({
      path: ["listener", "host"],
      message: "expected an IP address: Envoy looks up no names to listen on",
    });
  }
  warn(
    ["listener", "timeouts", "requestBodyIdle"],
    "not honoured: Envoy has one limit for an exchange in which nothing moves, the route's limits.streamIdle; a request whose body stops gets 408 then",
  );
  warn(
    ["listener", "limits", "connectionsPerClient"],
    "not honoured: Envoy counts the connections of a listener, listener.limits.connections, not those of a client",
  );
  if (starter !== "sluice") {
    warn(
      ["listener", "timeouts", "drain"],
      "not honoured: at SIGTERM Envoy ends at once; whoever stops it has to drain it before, as docs/envoy.md shows",
    );
    warn(
      ["log", "level"],
      `not in the file: start Envoy with --component-log-level ${starter === "somebody" ? "wasm" : "dynamic_modules"}:${log.level === "warn" ? "warning" : log.level}`,
    );
  }
  for (const [index, { limits, policies }] of routes.entries()) {
    const path = ["routes", index, "limits"];
    if (limits.streamIdleMilliseconds < limits.upstreamResponseMilliseconds) {
      warn(
        [...path, "streamIdle"],
        "Envoy counts the wait for the upstream's response as well, so limits.upstreamResponse is never reached: 504 comes after this time",
      );
    }
    if (policies.length > 0 && setBodyBytesOf(limits.bodyBytes) > largestBuffer) {
      problems.push({
        path: [...path, "body"],
        message: "expected less than 1GiB: a policy may set twice as much, and Envoy buffers less than 2GiB",
      });
    }
  }
  return { warnings, problems };
}
