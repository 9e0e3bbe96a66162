/** Bytes as a case writes them. */
export type Payload =
  | string
  | { json: unknown }
  | { base64: string }
  | { hex: string }
  | { repeat: string; times: number }
  | { concat: readonly Payload[] };

export function payloadBytes(payload: Payload): Buffer {
  if (typeof payload === "string") return Buffer.from(payload);
  if ("json" in payload) return Buffer.from(JSON.stringify(payload.json));
  if ("base64" in payload) return Buffer.from(payload.base64, "base64");
  if ("hex" in payload) return Buffer.from(payload.hex, "hex");
  if ("repeat" in payload) return Buffer.from(payload.repeat.repeat(payload.times));
  return Buffer.concat(payload.concat.map(payloadBytes));
}

/** What a message of a case carries. */
export interface Content {
  /** One write each, unless a splitting says otherwise. */
  parts: readonly Buffer[];
  chunked: boolean;
}

/** undefined: the message has no body at all. */
export function contentOf({ body, chunks }: { body?: Payload; chunks?: readonly Payload[] }): Content | undefined {
  if (chunks !== undefined) return { parts: chunks.map(payloadBytes), chunked: true };
  if (body !== undefined) return { parts: [payloadBytes(body)], chunked: false };
  return undefined;
}
