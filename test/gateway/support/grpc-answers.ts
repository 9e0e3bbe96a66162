/** What a gateway answers itself to requests of gRPC, byte for byte: one table for the embedded gateway and for Envoy. */

import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import type { GatewayConfig } from "../../../src/config/types.js";
import { configOf } from "../../envoy/support/config.js";
import { exchangeAll } from "../../envoy/support/raw-exchanges.js";
import type { SeenRequest } from "../../envoy/support/upstream-server.js";

export interface GrpcAnswer {
  title: string;
  /** The beginning of the request; default `POST /policy`. */
  start?: string;
  /** Default `application/grpc`. */
  contentType?: string;
  /** What the policy answers. */
  answer?: { status: number; headers?: [string, string][]; body?: string };
  /** The fields of the request beside these. */
  fields?: string;
  /** Status, then the fields in the order of their names, then the body. */
  expected: string;
}

const grpc = (status: number, message?: string, ...others: string[]): string =>
  [
    "200",
    ...["content-type: application/grpc", ...(message === undefined ? [] : [`grpc-message: ${message}`]), ...others]
      .concat(`grpc-status: ${status}`)
      .sort(),
    "",
  ].join("\n");

const statuses = [
  [200, 2],
  [204, 2],
  [302, 2],
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [408, 2],
  [413, 2],
  [429, 14],
  [500, 2],
  [502, 14],
  [503, 14],
  [504, 14],
] as const;

export const grpcAnswers: readonly GrpcAnswer[] = [
  ...statuses.map(([status, expected]) => ({
    title: `a policy's answer with ${status}`,
    answer: { status },
    expected: grpc(expected),
  })),
  {
    title: "a policy's answer with a text and other fields",
    answer: {
      status: 403,
      headers: [
        ["x-a", "1"],
        ["content-type", "application/json"],
        ["www-authenticate", "Bearer"],
      ],
      body: "no ~ % é\n}",
    },
    expected: grpc(7, "no %7E %25 %C3%A9%0A}", "www-authenticate: Bearer", "x-a: 1"),
  },
  {
    title: "a policy's answer with a status and a message of gRPC",
    answer: {
      status: 403,
      headers: [
        ["grpc-status", "8"],
        ["grpc-message", "mine"],
      ],
    },
    expected: grpc(8, "mine"),
  },
  {
    title: "a policy's answer with a status and a message of gRPC, and a text",
    answer: {
      status: 403,
      headers: [
        ["grpc-status", "8"],
        ["grpc-message", "mine"],
      ],
      body: "theirs",
    },
    expected: grpc(8, "theirs"),
  },
  {
    title: "a policy's answer in place of the response",
    answer: { status: 403, body: "x" },
    fields: "x-phase: response\r\n",
    expected: grpc(7, "x"),
  },
  {
    title: "a policy's answer to a request with a format",
    contentType: "application/grpc+proto",
    answer: { status: 403, body: "x" },
    expected: grpc(7, "x"),
  },
  {
    title: "a policy's answer to HEAD",
    start: "HEAD /policy",
    answer: { status: 403, body: "x" },
    expected: grpc(7),
  },
  {
    title: "a policy's answer to GET",
    start: "GET /policy",
    answer: { status: 403, body: "x" },
    expected: grpc(7, "x"),
  },
  ...["application/grpc-web", "application/grpc; charset=utf-8", "Application/gRPC", "text/plain"].map(
    (contentType) => ({
      title: `a policy's answer to a request of ${contentType}`,
      contentType,
      answer: { status: 403, headers: [["content-type", "text/x"]] as [string, string][], body: "x" },
      expected: "403\ncontent-type: text/x\nx",
    }),
  ),
  {
    title: "a policy's answer to a request with two content types",
    fields: "content-type: application/grpc\r\n",
    answer: { status: 403, headers: [["content-type", "text/x"]], body: "x" },
    expected: "403\ncontent-type: text/x\nx",
  },
  {
    title: "a policy that fails",
    fields: "x-answer: {\r\n",
    expected: grpc(2, "Internal Server Error%0A"),
  },
  { title: "an upstream that is not there", start: "POST /dead", expected: grpc(14) },
  { title: "an upstream that does not answer in time", start: "POST /slow", expected: grpc(14) },
  {
    title: "a path that has no route",
    start: "POST /nowhere",
    expected: grpc(12, "No route matches this host and path.%0A"),
  },
  { title: "a path that has no route, asked by HEAD", start: "HEAD /nowhere", expected: grpc(12) },
  {
    title: "a method that has no route",
    start: "PUT /policy",
    expected: grpc(2, "No route takes this method here.%0A", "allow: POST, GET, HEAD"),
  },
  {
    title: "a host that is none",
    fields: "host: a_b@\r\n",
    expected: grpc(13, "The host is not valid.%0A"),
  },
];

const file = fileURLToPath(new URL("../policies/answer-as-asked.ts", import.meta.url));

/** The gateway file that the table is for. */
export function grpcAnswersConfig(upstreamPort: number, deadPort: number): GatewayConfig {
  const config = configOf({ api: `http://127.0.0.1:${upstreamPort}`, dead: `http://127.0.0.1:${deadPort}` }, [
    {
      match: { pathPrefix: "/policy", methods: ["POST", "GET", "HEAD"] },
      policies: [{ file, name: "answer", config: {}, onError: "deny", partialRequests: "prevent" }],
    },
    { match: { pathPrefix: "/dead" }, upstream: "dead" },
    { match: { pathPrefix: "/slow" } },
  ]);
  const [first, dead, slow] = config.routes;
  return {
    ...config,
    routes: [first!, dead!, { ...slow!, limits: { ...slow!.limits, upstreamResponseMilliseconds: 200 } }],
  };
}

/** What the upstream does: it hands the policy's answer to the response's phase, and says nothing for `/slow`. */
export function upstreamOfGrpcAnswers({ path, headers }: SeenRequest, response: ServerResponse): void {
  if (!path.startsWith("/slow")) {
    response.writeHead(200, { "x-answer": headers["x-answer"] ?? "" }).end();
  }
}

/** What the gateway at this port answers to the requests of the table. */
export async function grpcOutcomes(port: number): Promise<string[]> {
  const answers = await exchangeAll(port, grpcAnswers.map(requestOf));
  return answers.map(({ status, headers, body }) => {
    // Those of the connection and of framing: there is no body.
    const others = Object.entries(headers).filter(
      ([name]) => !["connection", "content-length", "date", "keep-alive", "transfer-encoding"].includes(name),
    );
    return [status, ...others.map((field) => field.join(": ")).sort(), body].join("\n");
  });
}

function requestOf({
  start = "POST /policy",
  contentType = "application/grpc",
  answer,
  fields = "",
}: GrpcAnswer): string {
  const lines = [`${start} HTTP/1.1`, `content-type: ${contentType}`];
  if (!fields.startsWith("host:")) {
    lines.push("host: a");
  }
  if (answer !== undefined) {
    lines.push(`x-answer: ${ascii(JSON.stringify(answer))}`);
  }
  if (!start.startsWith("HEAD") && !start.startsWith("GET")) {
    lines.push("content-length: 0");
  }
  return [...lines, `${fields}\r\n`].join("\r\n");
}

/** The same JSON. */
function ascii(json: string): string {
  return json.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
