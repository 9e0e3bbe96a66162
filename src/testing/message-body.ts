/** Bodies as tests give them. */
import { SluiceError } from "../errors.js";
import type { Random } from "./random.js";

/**
 * A body: text (UTF-8), bytes, or what the web's `Response` takes. A list is sent chunked (no content-length), one write for
 * each of its members.
 */
export type BodyInit = WebBody | readonly (string | Uint8Array)[];

type WebBody = string | Uint8Array | ArrayBuffer | URLSearchParams | Blob | FormData | ReadableStream;

/** A body to be sent. */
export interface Content {
  /** Writes; none is empty. */
  readonly chunks: readonly Uint8Array[];
  /** Sent without content-length, and ended by an event of its own. */
  readonly chunked: boolean;
  /** What the web would say it is; undefined for bytes. */
  readonly contentType: string | undefined;
}

/** Reads a body; undefined for none. @throws SluiceError TEST_OPTIONS */
export async function contentOf(body: BodyInit | null | undefined, what: string): Promise<Content | undefined> {
  if (body === undefined || body === null) {
    return undefined;
  }
  if (Array.isArray(body)) {
    const chunks = (body as readonly (string | Uint8Array)[])
      .map((chunk) => bytesOf(chunk, what))
      .filter(({ length }) => length > 0);
    return { chunks, chunked: true, contentType: undefined };
  }
  if (body instanceof Uint8Array) {
    return whole(body, undefined);
  }
  if (typeof body === "string") {
    return whole(new TextEncoder().encode(body), "text/plain;charset=UTF-8");
  }
  try {
    const response = new Response(body as ConstructorParameters<typeof Response>[0]);
    return whole(new Uint8Array(await response.arrayBuffer()), response.headers.get("content-type") ?? undefined);
  } catch (error) {
    throw new SluiceError(
      "TEST_OPTIONS",
      `${what}: expected a body (text, bytes, a list of chunks, URLSearchParams, FormData …).`,
      { cause: error },
    );
  }
}

function whole(bytes: Uint8Array, contentType: string | undefined): Content {
  return { chunks: bytes.length === 0 ? [] : [bytes], chunked: false, contentType };
}

/** One chunk. @throws SluiceError TEST_OPTIONS */
export function bytesOf(chunk: string | Uint8Array, what: string): Uint8Array {
  if (typeof chunk === "string") {
    return new TextEncoder().encode(chunk);
  }
  if (chunk instanceof Uint8Array) {
    return chunk;
  }
  throw new SluiceError("TEST_OPTIONS", `${what}: expected text or bytes, got ${typeof chunk}.`);
}

/** How many bytes a body has. */
export function lengthOf({ chunks }: Content): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** One array of all. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** The same bytes in other pieces; none is empty. */
export function cutAtRandom({ chunks }: Content, random: Random): Uint8Array[] {
  const bytes = joined(chunks);
  // As a whole, in a few pieces, or in many.
  const longest = random.once(4)
    ? bytes.length
    : random.once(2)
      ? Math.ceil(bytes.length / 2)
      : Math.ceil(bytes.length / 8);
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += pieces.at(-1)!.length) {
    pieces.push(bytes.subarray(start, start + 1 + random.below(longest)));
  }
  return pieces;
}
