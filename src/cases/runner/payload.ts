/** Bytes as a case writes them. */
import type { Splitting } from "./splitting.js";

export type Payload =
  | string
  | { json: unknown }
  | { base64: string }
  | { hex: string }
  | { repeat: string; times: number }
  | { concat: readonly Payload[] };

/**
 * Something that has happened: the upstream has the request's `head`, the client the `response`'s head; so many bytes of a
 * body are there; a line is logged.
 */
export type SyncPoint =
  | "upstream"
  | "response"
  | { upstream_bytes: number }
  | { client_bytes: number }
  | { log: string };

/** Between two chunks: the sender waits, or goes away. */
export type Mark = { await: SyncPoint } | { abort: true };

export function payloadBytes(payload: Payload): Buffer {
  if (typeof payload === "string") {
    return Buffer.from(payload);
  }
  if ("json" in payload) {
    return Buffer.from(JSON.stringify(payload.json));
  }
  if ("base64" in payload) {
    return Buffer.from(payload.base64, "base64");
  }
  if ("hex" in payload) {
    return Buffer.from(payload.hex, "hex");
  }
  if ("repeat" in payload) {
    return Buffer.from(payload.repeat.repeat(payload.times));
  }
  return Buffer.concat(payload.concat.map(payloadBytes));
}

/** What a message of a case carries. */
export interface Content {
  /** One write each, unless a splitting says otherwise. */
  parts: readonly (Buffer | Mark)[];
  chunked: boolean;
}

export interface ContentSource {
  body?: Payload;
  chunks?: readonly (Payload | Mark)[];
}

/** undefined: the message has no body at all. */
export function contentOf({ body, chunks }: ContentSource): Content | undefined {
  if (chunks !== undefined) {
    return { parts: chunks.map((chunk) => (isMark(chunk) ? chunk : payloadBytes(chunk))), chunked: true };
  }
  if (body !== undefined) {
    return { parts: [payloadBytes(body)], chunked: false };
  }
  return undefined;
}

export function isMark(part: Payload | Mark | Buffer): part is Mark {
  return typeof part === "object" && ("await" in part || "abort" in part);
}

/** The content in pieces. What is between two marks is cut by itself. */
export function piecesOf({ parts }: Content, splitting: Splitting): (Buffer | Mark)[] {
  const pieces: (Buffer | Mark)[] = [];
  let run: Buffer[] = [];
  const cut = () => {
    pieces.push(...splitting.split(run));
    run = [];
  };
  for (const part of parts) {
    if (Buffer.isBuffer(part)) {
      run.push(part);
    } else {
      cut();
      pieces.push(part);
    }
  }
  cut();
  return pieces;
}

/** How many bytes a message carries. */
export function contentLength(content: Content): number {
  return content.parts.reduce((sum, part) => sum + (Buffer.isBuffer(part) ? part.length : 0), 0);
}
