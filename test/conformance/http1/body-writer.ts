/** Writes a body to a socket, one write per piece. */
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Ends early, without an error, when the socket is closed or `stopped` says so. Between two pieces the event loop turns, so
 * that a reader in this process sees them apart.
 */
export async function writeBody(
  socket: Socket, pieces: readonly Buffer[], chunked: boolean, stopped: () => boolean = () => false,
): Promise<void> {
  for (const piece of pieces) {
    if (stopped() || !socket.writable) return;
    const bytes = chunked ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]) : piece;
    if (!socket.write(bytes)) await drainedOrClosed(socket);
    await nextTurn();
  }
  if (chunked && !stopped() && socket.writable) socket.write("0\r\n\r\n");
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
