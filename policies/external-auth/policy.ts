/** Asks an authorization service about each request, as Envoy's ext_authz filter does over HTTP. */
import { definePolicy, type Headers, type Logger, type RequestState, Response } from "sluice";
import { type Upstream, UpstreamError, type UpstreamResponse, upstream } from "sluice/upstream";
import { reportViolation } from "sluice/violations";
import * as v from "valibot";
import { described } from "../shared/described.js";
import { editableHeaderName, headerName } from "../shared/refusal.js";

/** Always told to the service, and to a client that is refused. */
const toService = ["authorization"];
const toRefused = ["www-authenticate", "location", "content-type"];

const names = (description: string, name: typeof headerName | typeof editableHeaderName = editableHeaderName) =>
  v.optional(v.pipe(v.array(name), v.description(description)), []);

const settings = v.strictObject({
  upstream: v.pipe(
    v.string(),
    v.minLength(1),
    v.description("The authorization service: one of the gateway's `upstreams`."),
  ),
  pathPrefix: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(?:\/[\x21\x22\x24-\x3e\x40-\x7e]+)?$/, "expected a path that begins with /, without a query"),
      v.description("What stands before the request's own path when the service is called."),
    ),
    "",
  ),
  timeoutMilliseconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(600_000),
      v.description("How long the service may take to answer."),
    ),
    1_000,
  ),
  allowedHeaders: names("Headers of the request that the service gets, beside `host` and `authorization`.", headerName),
  withRequestBody: v.optional(
    v.pipe(
      v.strictObject({
        maxRequestBytes: v.pipe(
          v.number(),
          v.integer(),
          v.minValue(1),
          v.description("How much of the body the service gets. The route's `limits.body` holds as well."),
        ),
        allowPartialMessage: v.optional(
          v.pipe(
            v.boolean(),
            v.description(
              "Whether a larger body is cut for the service, which `x-envoy-auth-partial-body` tells it; else it is answered 413.",
            ),
          ),
          false,
        ),
      }),
      v.description("Sends the request's body to the service, too. Without it the service gets none."),
    ),
  ),
  allowedUpstreamHeaders: names(
    "Headers of the service's 200 that the upstream gets, in the place of what the client sent. Those that the service does not send are removed.",
  ),
  allowedClientHeaders: names(
    "Headers of a refusal that the client gets, beside `www-authenticate`, `location` and `content-type`.",
  ),
  failureModeAllow: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Whether requests pass while the service gives no answer, or one of 500 and more."),
    ),
    false,
  ),
  statusOnError: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(400),
      v.maxValue(599),
      v.description("Status of the answer where they do not."),
    ),
    403,
  ),
});

type Settings = v.InferOutput<typeof settings>;

export default definePolicy({
  config: described(
    settings,
    "Asks an authorization service about each request, as Envoy's ext_authz does over HTTP.",
    {
      upstream: "auth",
      pathPrefix: "/check",
      allowedUpstreamHeaders: ["x-user"],
    },
  ),

  configure(context) {
    return upstream(context, context.config.upstream);
  },

  async onRequest(request, context) {
    const { config, resources: service, logger } = context;
    const wants = config.withRequestBody;
    let message: Pick<RequestState, "headers"> = request;
    let body: Uint8Array | undefined;
    if (wants !== undefined && request.containsBody) {
      const whole = await request.intoHeadersBodyState();
      message = whole;
      body = whole.bytes();
      if (body.length > wants.maxRequestBytes && !wants.allowPartialMessage) {
        return new Response(null, { status: 413 });
      }
    }
    const answer = await ask(service, config, request, body, logger);
    if (answer === "allowed" || (typeof answer === "object" && answer.status === 200)) {
      setHeaders(message.headers, config.allowedUpstreamHeaders, answer === "allowed" ? undefined : answer);
      return;
    }
    reportViolation(context, { kind: answer === "failed" ? "error" : "violation" });
    return answer === "failed" ? new Response(null, { status: config.statusOnError }) : refusalOf(answer, config);
  },
});

/** The service's answer, or what becomes of the request without one. */
async function ask(
  service: Upstream,
  config: Settings,
  request: RequestState,
  body: Uint8Array | undefined,
  logger: Logger,
): Promise<UpstreamResponse | "allowed" | "failed"> {
  try {
    const answer = await service.fetch(config.pathPrefix + request.path, {
      method: request.method,
      headers: headersFor(request, config, body),
      timeout: config.timeoutMilliseconds,
      ...(body === undefined ? {} : { body: body.subarray(0, config.withRequestBody?.maxRequestBytes) }),
    });
    if (answer.status < 500) {
      return answer;
    }
    logger.warn("the authorization service failed", { status: answer.status, allowed: config.failureModeAllow });
  } catch (error) {
    if (!(error instanceof UpstreamError)) {
      throw error;
    }
    logger.warn("the authorization service gave no answer", { code: error.code, allowed: config.failureModeAllow });
    if (error.code === "UPSTREAM_UNKNOWN") {
      return "failed"; // no outage, but a name that is wrong
    }
  }
  return config.failureModeAllow ? "allowed" : "failed";
}

function headersFor(request: RequestState, config: Settings, body: Uint8Array | undefined): [string, string][] {
  const wanted = new Set([...toService, ...config.allowedHeaders.map((name) => name.toLowerCase())]);
  const headers = [...request.headers].filter(([name]) => wanted.has(name));
  if (request.authority !== "") {
    headers.push(["host", request.authority]);
  }
  if (body !== undefined && config.withRequestBody?.allowPartialMessage === true) {
    headers.push(["x-envoy-auth-partial-body", String(body.length > config.withRequestBody.maxRequestBytes)]);
  }
  return headers;
}

/** What only the service may say is never what the client said. */
function setHeaders(headers: Headers, allowed: readonly string[], answer: UpstreamResponse | undefined): void {
  for (const name of allowed) {
    headers.delete(name);
    for (const value of answer?.headers.getAll(name) ?? []) {
      headers.append(name, value);
    }
  }
}

function refusalOf(answer: UpstreamResponse, config: Settings): Response {
  const empty = [204, 205, 304].includes(answer.status);
  const wanted = new Set([...toRefused, ...config.allowedClientHeaders.map((name) => name.toLowerCase())]);
  const headers = [...answer.headers].filter(([name]) => wanted.has(name) && !(empty && name === "content-type"));
  return new Response(empty ? null : answer.bytes(), { status: answer.status, headers });
}
