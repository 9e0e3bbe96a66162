import { definePolicy, type Headers } from "sluice";
import * as v from "valibot";

/** Takes away what clients must not set, in each of the ways in which headers can be gone through, and tells its cookies. */
const ways: Readonly<Record<string, (headers: Headers, visit: (name: string) => void) => void>> = {
  entries: (headers, visit) => {
    for (const [name] of headers) {
      visit(name);
    }
  },
  keys: (headers, visit) => {
    for (const name of headers.keys()) {
      visit(name);
    }
  },
  values: (headers, visit) => {
    for (const value of headers.values()) {
      visit(`x-internal-${value}`);
    }
  },
  forEach: (headers, visit) => {
    headers.forEach((_value, name) => {
      visit(name);
    });
  },
};

/** Fields of one connection (RFC 9110 section 7.6.1), by each way of reading. */
const ofConnections = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

function tellConnection(headers: Headers): void {
  const seen = ofConnections.filter(
    (name) => headers.has(name) || headers.get(name) !== null || [...headers].some(([other]) => other === name),
  );
  headers.set("x-of-connections", seen.join(" ") || "none");
}

function clean(way: string, headers: Headers): void {
  ways[way]?.(headers, (name) => {
    if (name.startsWith("x-internal-") && headers.has(name)) {
      headers.delete(name);
      headers.append("x-deleted", name);
    }
  });
}

export default definePolicy({
  config: v.object({ way: v.string() }),

  onRequest(request, { config }) {
    const { headers } = request;
    tellConnection(headers);
    headers.set("x-cookies", headers.get("Cookie") ?? "none");
    clean(config.way, headers);
  },

  onResponse(response, { config }) {
    tellConnection(response.headers);
    clean(config.way, response.headers);
  },
});
