/** Lets clients of some networks pass, or all but those of others. */
import { definePolicy, type ReadonlyHeaders } from "sluice";
import { reportViolation } from "sluice/violations";
import * as v from "valibot";
import { withoutPort } from "../shared/client-address.js";
import { described } from "../shared/described.js";
import { type Address, contains, type Network, parseAddress } from "../shared/ip.js";
import { network } from "../shared/networks.js";
import { headerName, refusalEntries, refusalOf } from "../shared/refusal.js";

const forwardedFor = v.strictObject({
  header: v.pipe(
    headerName,
    v.description(
      "A list of addresses, to which each proxy appends that of its client, or one address: `true-client-ip`.",
    ),
  ),
  hop: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description("Which entry is the client, counted from the right: as many as there are proxies that append one."),
    ),
    1,
  ),
  trustedProxies: v.pipe(
    v.array(network),
    v.minLength(1, "expected at least one network"),
    v.description(
      "Networks of the proxies. The header of any other connection is not looked at; its own address counts.",
    ),
  ),
});

const networks = (description: string) =>
  v.optional(v.pipe(v.array(network), v.minLength(1, "expected at least one network"), v.description(description)));

export default definePolicy({
  config: described(
    v.pipe(
      v.strictObject({
        allow: networks(
          "Networks whose clients pass, all others are refused. Without it all pass but those in `deny`.",
        ),
        deny: networks("Networks whose clients are refused, also where `allow` has them."),
        forwardedFor: v.optional(
          v.pipe(
            forwardedFor,
            v.description("Where the client's address is, behind proxies. Without it: the connection's."),
          ),
        ),
        ...refusalEntries(403, "Not allowed from this network.\n"),
      }),
      v.check(({ allow, deny }) => allow !== undefined || deny !== undefined, "expected allow, deny or both"),
    ),
    "Refuses requests by the network that the client is in.",
    { allow: ["10.0.0.0/8", "2001:db8::/32"], deny: ["10.66.0.0/16"] },
  ),

  configure({ config }) {
    return refusalOf(config);
  },

  onRequest({ headers }, context) {
    const { config, properties, resources: refusal, logger } = context;
    const connection = parseAddress(withoutPort(properties.clientAddress ?? ""));
    const client =
      config.forwardedFor === undefined ? connection : behindProxies(connection, headers, config.forwardedFor);
    // Who cannot be told is nobody who was allowed.
    if (
      client !== undefined &&
      !isIn(config.deny, client) &&
      (config.allow === undefined || isIn(config.allow, client))
    ) {
      return;
    }
    logger.info("refused", { client: client === undefined ? "unreadable" : shown(client) });
    reportViolation(context);
    return refusal;
  },
});

function isIn(list: readonly Network[] | undefined, address: Address): boolean {
  return list?.some((each) => contains(each, address)) ?? false;
}

function behindProxies(
  connection: Address | undefined,
  headers: ReadonlyHeaders,
  { header, hop, trustedProxies }: v.InferOutput<typeof forwardedFor>,
): Address | undefined {
  if (connection === undefined || !isIn(trustedProxies, connection)) {
    return connection;
  }
  const entry = headers.get(header)?.split(",").at(-hop) ?? "";
  return parseAddress(withoutPort(entry.trim()));
}

function shown(address: Address): string {
  if (address.length === 4) {
    return address.join(".");
  }
  return address.reduce(
    (text, byte, index) => text + (index % 2 === 0 && index > 0 ? ":" : "") + byte.toString(16).padStart(2, "0"),
    "",
  );
}
