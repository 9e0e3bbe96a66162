import { pino } from "pino";
import { expect, it } from "vitest";
import { envoyLogTo } from "./envoy-log.js";

function loggedOf(message: string): unknown[] {
  const lines: unknown[] = [];
  const logger = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  envoyLogTo(logger).onLine({ level: "warning", component: "main", message });
  return lines;
}

it("what Envoy itself writes has its component", () => {
  expect(loggedOf("caught ENVOY_SIGTERM")).toMatchObject([
    { level: 40, component: "envoy", part: "main", msg: "caught ENVOY_SIGTERM" },
  ]);
});

it("Envoy's warning that connections have no limit is not told, since listener.limits.connections is one", () => {
  expect(
    loggedOf(
      "There is no configured limit to the number of allowed active downstream connections. Configure a limit in " +
        "`envoy.resource_monitors.global_downstream_max_connections` resource monitor.",
    ),
  ).toEqual([]);
});
