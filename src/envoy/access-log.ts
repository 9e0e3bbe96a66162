/** Envoy's access log in the words of the embedded gateway's. */
import { violationProperty } from "../abi/violation.js";
import { type Json, typed } from "./json.js";
import { routeState } from "./route-state.js";

const remembered = (key: string): string => `%FILTER_STATE(${key}:PLAIN)%`;

/** A line of JSON for each exchange, on standard output. */
export function accessLog(): Json {
  return {
    name: "envoy.access_loggers.stdout",
    typed_config: typed("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", {
      log_format: {
        json_format: {
          time: "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
          msg: "exchange",
          request: "%REQ(x-request-id)%",
          // Without query: queries have secrets.
          method: remembered(routeState.method),
          path: remembered(routeState.path),
          route: remembered(routeState.route),
          status: "%RESPONSE_CODE%",
          details: "%RESPONSE_CODE_DETAILS%",
          durationMilliseconds: "%DURATION%",
          requestBytes: "%BYTES_RECEIVED%",
          responseBytes: "%BYTES_SENT%",
          clientAddress: "%DOWNSTREAM_REMOTE_ADDRESS%",
          // What modules set as properties is filter state.
          violation: remembered(`wasm.${violationProperty.join(".")}`),
        },
      },
    }),
  };
}
