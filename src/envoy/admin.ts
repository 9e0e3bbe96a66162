/** Envoy's admin interface, behind a Unix-domain socket. */
import { request } from "node:http";

const limitMilliseconds = 2_000;

export interface AdminAnswer {
  status: number;
  body: string;
}

/** Asks Envoy; rejects when it does not answer within 2 s. */
export async function askAdmin(socket: string, path: string, method: "GET" | "POST" = "GET"): Promise<AdminAnswer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(limitMilliseconds);
    const outgoing = request({ socketPath: socket, path, method, agent: false, signal }, (response) => {
      let body = "";
      response
        .setEncoding("utf8")
        .on("data", (text: string) => (body += text))
        .on("error", reject)
        .on("end", () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
    });
    outgoing.on("error", reject).end();
  });
}

interface ListenerStatuses {
  listener_statuses?: { name: string; local_address: { socket_address: { port_value: number } } }[];
}

/** The ports that the listeners have, by the listeners' names. */
export async function listenerPorts(socket: string): Promise<ReadonlyMap<string, number>> {
  const { body } = await askAdmin(socket, "/listeners?format=json");
  const { listener_statuses: statuses = [] } = JSON.parse(body) as ListenerStatuses;
  return new Map(statuses.map(({ name, local_address }) => [name, local_address.socket_address.port_value]));
}

/** How many requests of clients are in progress. */
export async function activeRequests(socket: string): Promise<number> {
  const { body } = await askAdmin(socket, "/stats?format=json&filter=^http\\.sluice\\.downstream_rq_active$");
  const { stats = [] } = JSON.parse(body) as { stats?: { name?: string; value?: number }[] };
  return stats.reduce((sum, { value = 0 }) => sum + value, 0);
}
