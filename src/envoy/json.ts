/** The notation of Envoy's configuration: protobuf as JSON. */

export type Json = Record<string, unknown>;

/** A message with its type, as extensions are configured. `type` is its full name. */
export function typed(type: string, fields: Json = {}): Json {
  return { "@type": `type.googleapis.com/${type}`, ...fields };
}

/** A duration. */
export function seconds(milliseconds: number): string {
  return `${milliseconds / 1000}s`;
}

export function socketAddress(address: string, port: number): Json {
  return { socket_address: { address, port_value: port } };
}
