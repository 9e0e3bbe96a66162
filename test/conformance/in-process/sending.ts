/** A message on its way in, as things to do one after the other. */
import type { HeaderList } from "../../../src/abi/port.js";
import type { Content, Mark } from "../runner/payload.js";
import { piecesOf } from "../runner/payload.js";
import type { Splitting } from "../runner/splitting.js";
import type { Progress } from "../surroundings.js";

/** false: not yet. */
export type Action = () => boolean;

export interface Receiver {
  /** Takes no more for now. */
  paused(): boolean;
  data(chunk: Uint8Array, endOfStream: boolean): void;
  trailers(trailers: HeaderList): void;
  /** The sender goes away. */
  abort(): void;
}

/**
 * Chunked messages end by an empty chunk or trailers, others with their last byte, as they do on connections.
 */
export function sending(
  content: Content, trailers: HeaderList, splitting: Splitting, progress: Progress, receiver: Receiver,
): Action[] {
  const act = (action: () => void): Action => () => {
    if (receiver.paused()) return false;
    action();
    return true;
  };
  const mark = (what: Mark): Action => ("await" in what
    ? () => progress.reached(what.await)
    : () => {
      receiver.abort();
      return true;
    });
  const pieces = piecesOf(content, splitting);
  const actions = pieces.map((piece, index): Action => {
    if (!Buffer.isBuffer(piece)) return mark(piece);
    const last = !content.chunked && index === pieces.length - 1;
    return act(() => {
      receiver.data(new Uint8Array(piece), last);
    });
  });
  if (!content.chunked) return actions;
  return [...actions, act(() => {
    if (trailers.length > 0) receiver.trailers(trailers);
    else receiver.data(new Uint8Array(0), true);
  })];
}
