/** A message on its way in, as steps of a driver. */
import type { HeaderList } from "../abi/port.js";
import { type Content, cutAtRandom } from "./message-body.js";
import type { Random } from "./random.js";

/** One step; false: it cannot be done yet. */
export type Action = () => boolean;

/** Takes what follows a head. */
export interface MessageReceiver {
  /** Takes no more for now. */
  paused(): boolean;
  data(chunk: Uint8Array, endOfStream: boolean): void;
  trailers(trailers: HeaderList): void;
}

/**
 * What follows the head of a message. Chunked ones end by an empty chunk or trailers, others with their last byte, as they do
 * on connections; at random, in either way.
 */
export function sending(
  content: Content,
  trailers: HeaderList,
  receiver: MessageReceiver,
  random: Random | undefined,
): Action[] {
  const act =
    (action: () => void): Action =>
    () => {
      if (receiver.paused()) {
        return false;
      }
      action();
      return true;
    };
  const pieces = random === undefined ? content.chunks : cutAtRandom(content, random);
  const endsByItself = trailers.length > 0 || (random?.once(2) ?? content.chunked) || pieces.length === 0;
  const actions = pieces.map((piece, index) =>
    act(() => {
      // The receiver may keep it.
      receiver.data(piece.slice(), !endsByItself && index === pieces.length - 1);
    }),
  );
  if (!endsByItself) {
    return actions;
  }
  return [
    ...actions,
    act(() => {
      if (trailers.length > 0) {
        receiver.trailers(trailers);
      } else {
        receiver.data(new Uint8Array(0), true);
      }
    }),
  ];
}

/** No body follows: no chunk, and no trailers. */
export function hasNoBody(content: Content | undefined, trailers: HeaderList): boolean {
  return trailers.length === 0 && (content === undefined || (!content.chunked && content.chunks.length === 0));
}
