/** A message on its way in, as things to do one after the other. */
import { type Content, type Mark, piecesOf } from "../runner/payload.js";
import type { Splitting } from "../runner/splitting.js";
import type { Pairs } from "../runner/value-matcher.js";
import type { Progress } from "../surroundings.js";

/** false: not yet. */
export type Action = () => Promise<boolean>;

export interface Receiver {
  /** Takes no more for now. */
  readonly paused: boolean;
  send(chunk: Uint8Array): Promise<void>;
  end(chunk?: Uint8Array): Promise<void>;
  sendTrailers(trailers: Pairs): Promise<void>;
  /** The sender goes away. */
  abort(): Promise<void>;
}

/**
 * Chunked messages end by an empty chunk or trailers, others with their last byte, as they do on connections.
 */
export function sending(
  content: Content,
  trailers: Pairs,
  splitting: Splitting,
  progress: Progress,
  receiver: Receiver,
): Action[] {
  const act =
    (action: () => Promise<void>): Action =>
    async () => {
      if (receiver.paused) {
        return false;
      }
      await action();
      return true;
    };
  const mark = (what: Mark): Action =>
    "await" in what
      ? () => Promise.resolve(progress.reached(what.await))
      : async () => {
          await receiver.abort();
          return true;
        };
  const pieces = piecesOf(content, splitting);
  const actions = pieces.map((piece, index): Action => {
    if (!Buffer.isBuffer(piece)) {
      return mark(piece);
    }
    const last = !content.chunked && index === pieces.length - 1;
    return act(() => (last ? receiver.end(piece) : receiver.send(piece)));
  });
  if (!content.chunked) {
    return actions;
  }
  return [...actions, act(() => (trailers.length > 0 ? receiver.sendTrailers(trailers) : receiver.end()))];
}
