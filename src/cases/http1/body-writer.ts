/** Writes a body to a socket, one write per piece. */
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Mark } from "../runner/payload.js";
import type { Pairs } from "../runner/value-matcher.js";
import type { Progress } from "../surroundings.js";
import { becomes } from "./wait.js";

export interface BodyToWrite {
  pieces: readonly (Buffer | Mark)[];
  chunked: boolean;
  trailers: Pairs;
  progress: Progress;
  /** The rest is not wanted any more. */
  stopped(): boolean;
  /** The sender goes away. */
  abort(): void;
}

/**
 * Ends early, without an error, when the socket is closed or `stopped` says so. Between two pieces the event loop turns, so
 * that a reader in this process sees them apart.
 */
export async function writeBody(socket: Socket, body: BodyToWrite): Promise<void> {
  const { pieces, chunked, trailers, progress } = body;
  const over = () => body.stopped() || !socket.writable;
  for (const piece of pieces) {
    if (over()) {
      return;
    }
    if (!Buffer.isBuffer(piece)) {
      if ("abort" in piece) {
        body.abort();
        return;
      }
      const point = piece.await;
      const reached = await becomes(() => over() || progress.reached(point));
      if (!reached) {
        throw new Error(`a sender waited in vain for ${JSON.stringify(point)}`);
      }
      continue;
    }
    const bytes = chunked
      ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")])
      : piece;
    if (!socket.write(bytes)) {
      await drainedOrClosed(socket);
    }
    await nextTurn();
  }
  if (chunked && !over()) {
    socket.write(`0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`, "latin1");
  }
}

async function drainedOrClosed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}
