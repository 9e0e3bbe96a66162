import ipaddr from "ipaddr.js";
import { definePolicy, Response } from "sluice";
import { parsed } from "sluice/config";
import * as v from "valibot";

const network = v.pipe(
  v.string(),
  v.check((text) => ipaddr.isValidCIDR(text), "expected a network such as 10.0.0.0/8 or fd00::/8"),
  parsed(networkOf),
);

export default definePolicy({
  config: v.object({ allow: v.pipe(v.array(network), v.minLength(1)) }),

  onRequest(_request, { config, properties, logger }) {
    const address = addressOf(properties.clientAddress ?? "");
    if (address !== undefined && config.allow.some((range) => contains(range, address))) {
      return;
    }
    logger.warn("refused", { client: address?.toString() });
    return new Response(null, { status: 403 });
  },
});

type Address = ReturnType<typeof ipaddr.parse>;
type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** `::ffff:10.0.0.0/104` is the network 10.0.0.0/8, as its addresses are IPv4 addresses. */
function networkOf(text: string): Network {
  const [first, bits] = ipaddr.parseCIDR(text);
  const mapped = first instanceof ipaddr.IPv6 && first.isIPv4MappedAddress() && bits >= 96;
  return mapped ? [first.toIPv4Address(), bits - 96] : [first, bits];
}

/** Of `192.0.2.1:4711` or `[2001:db8::1]:4711`; an IPv4 address that came over an IPv6 socket is an IPv4 address. */
function addressOf(client: string): Address | undefined {
  const address = client.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
}

function contains([first, bits]: Network, address: Address): boolean {
  return first.kind() === address.kind() && address.match(first, bits);
}
