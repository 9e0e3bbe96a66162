/**
 * The gateway file's keys, their forms and their defaults. What a key means is in `docs/gateway.md`, whose tables become the descriptions
 * in `schemas/gateway.schema.json`.
 */
import { METHODS } from "node:http";
import * as v from "valibot";
import {
  hostExpected,
  hostForm,
  originExpected,
  originForm,
  parseHost,
  parseOrigin,
  parsePort,
  portExpected,
  portForm,
} from "./addresses.js";
import { limits } from "./limits.js";
import { isName, nameExpected, nameForm } from "./names.js";
import { isPath, pathForm } from "./route-path.js";
import {
  closedObject,
  countAboveZero,
  duration,
  filledList,
  filledText,
  mappingOf,
  parsed,
  text,
} from "./schema-kit.js";

const name = text(nameExpected, isName, nameForm);

const mostTrustedHops = 20;
const hops = (value: unknown) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= mostTrustedHops ? Number(value) : undefined;

const listener = closedObject({
  host: v.optional(filledText("an address to listen on"), "127.0.0.1"),
  port: v.optional(parsed(portExpected, parsePort, portForm), 8080),
  trustedHops: v.optional(
    parsed(`how many proxies are in front: a number from 0 to ${mostTrustedHops}`, hops, {
      type: "integer",
      minimum: 0,
      maximum: mostTrustedHops,
    }),
    0,
  ),
  timeouts: v.optional(
    closedObject({
      requestHeaders: v.optional(duration, 15_000),
      requestBodyIdle: v.optional(duration, 30_000),
      keepAlive: v.optional(duration, 60_000),
      drain: v.optional(duration, 10_000),
    }),
    {},
  ),
  limits: v.optional(
    closedObject({
      connections: v.optional(countAboveZero, 10_000),
      connectionsPerClient: v.optional(countAboveZero),
    }),
    {},
  ),
  requestTrailers: v.optional(v.picklist(["drop", "pass"]), "drop"),
});

const upstream = closedObject({
  url: parsed(originExpected, parseOrigin, originForm),
  connectTimeout: v.optional(duration, 5_000),
});

const path = text("a path that begins with /, without query", isPath, pathForm);

/** Node and Envoy refuse requests with others; nothing is tunnelled. */
const knownMethods = METHODS.filter((method) => method !== "CONNECT");
const method = text(
  "one of the methods that Node knows, in upper case, other than CONNECT",
  (value) => knownMethods.includes(value),
  // Which ones depends on the version.
  { pattern: "^(?!CONNECT$)[A-Z]+(-[A-Z]+)?$", examples: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] },
);

const match = v.pipe(
  closedObject(
    {
      host: v.optional(parsed(hostExpected, parseHost, hostForm)),
      path: v.optional(path),
      pathPrefix: v.optional(path),
      methods: v.optional(filledList(method)),
      otherMethods: v.optional(v.picklist(["refuse", "fallThrough"])),
    },
    { not: { required: ["path", "pathPrefix"] }, dependencies: { otherMethods: ["methods"] } },
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) {
      return;
    }
    if (dataset.value.path !== undefined && dataset.value.pathPrefix !== undefined) {
      addIssue({ expected: "either path or pathPrefix", received: "both", message: "" });
    }
    if (dataset.value.otherMethods !== undefined && dataset.value.methods === undefined) {
      addIssue({ expected: "methods beside otherMethods", received: "none", message: "" });
    }
  }),
);

const policyUse = closedObject({
  use: filledText("the path of a policy's source or module, relative to this file"),
  name: v.optional(name),
  rootId: v.optional(filledText("the name of a root context in the module")),
  config: v.optional(v.unknown(), {}),
  onError: v.optional(v.picklist(["deny", "allow"]), "deny"),
  partialRequests: v.optional(v.picklist(["prevent", "allow"]), "prevent"),
});

const route = closedObject({
  name: v.optional(name),
  match: v.optional(match, {}),
  upstream: text("the name of an upstream", () => true),
  policies: v.optional(v.array(policyUse), []),
  limits: v.optional(limits, {}),
});

export const gatewayFileSchema = closedObject({
  listener: v.optional(listener, {}),
  upstreams: mappingOf(upstream, nameExpected, isName, nameForm),
  routes: filledList(route),
  log: v.optional(
    closedObject({ level: v.optional(v.picklist(["trace", "debug", "info", "warn", "error"]), "info") }),
    {},
  ),
  metrics: v.optional(closedObject({ policies: v.optional(v.boolean(), true) }), {}),
});

/** A gateway file whose form is right, with defaults and units resolved. */
export type GatewayFileContent = v.InferOutput<typeof gatewayFileSchema>;
