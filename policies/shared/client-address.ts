/** The client as `properties.clientAddress` gives it. */

/** The address in `192.0.2.1:4711` or `[2001:db8::1]:4711`, without brackets and port. */
export function withoutPort(client: string): string {
  const bracketed = /^\[(.*)\](?::\d+)?$/.exec(client);
  if (bracketed !== null) {
    return bracketed[1] ?? "";
  }
  const colon = client.indexOf(":");
  return colon >= 0 && colon === client.lastIndexOf(":") ? client.slice(0, colon) : client;
}
