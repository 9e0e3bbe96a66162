/** What a body needs of the message that it belongs to. */
import type { Message } from "../policy/message.js";
import type { DescribingMessage } from "./body-metadata.js";
import type { Direction } from "./direction.js";
import type { MessageOwner } from "./message-owner.js";

/** `Head`: the filter has the head. `Passed`: everything goes on. `Stopped`: nothing does, the exchange goes on without. */
export const Mode = { Head: 0, Gathering: 1, Gathered: 2, Streaming: 3, Passed: 4, Stopped: 5 } as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

/** The message that a body belongs to. */
export interface BodyMessage extends Message, DescribingMessage {
  readonly direction: Direction;
  readonly owner: MessageOwner;
  mode: Mode;
  readonly endOfStream: boolean;
  /** It has no content, whatever is set. */
  readonly contentForbidden: boolean;
  /** The host is waiting for the answer to an event of this message. */
  readonly inEvent: boolean;
  /** The head goes on while the body is still coming. */
  letHeadGo(): void;
  /** Reads the headers now, since they may be gone when the head has left. */
  keepReadable(): void;
  /** What may go on does so: in an event of this message when that is over, else now. */
  resume(): void;
}
