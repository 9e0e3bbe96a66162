/** gRPC's messages in an HTTP/2 stream: a flag of compression, 4 bytes of length, the message. */

const prefixBytes = 5;

/** The message with its prefix, not compressed. */
export function grpcFrame(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(prefixBytes + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixBytes);
  return frame;
}

/** Why a stream of bytes is none of messages. */
export type FrameFailure = "compressed" | "too-large";

/** Cuts bytes into messages of at most `messageBytes`. */
export class GrpcFrameReader {
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly messageBytes: number) {}

  /** A message is incomplete. */
  get unfinished(): boolean {
    return this.#rest.length > 0;
  }

  /** The messages that this chunk completes, and why no more can come. */
  push(chunk: Buffer): { messages: Uint8Array[]; failure?: FrameFailure } {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: Uint8Array[] = [];
    while (this.#rest.length >= prefixBytes) {
      const length = this.#rest.readUInt32BE(1);
      if (this.#rest[0] !== 0) {
        return { messages, failure: "compressed" };
      }
      if (length > this.messageBytes) {
        return { messages, failure: "too-large" };
      }
      if (this.#rest.length < prefixBytes + length) {
        break;
      }
      messages.push(new Uint8Array(this.#rest.subarray(prefixBytes, prefixBytes + length)));
      this.#rest = this.#rest.subarray(prefixBytes + length);
    }
    return { messages };
  }
}
