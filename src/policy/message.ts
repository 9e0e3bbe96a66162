/** What the states of a policy ask of the guest for one message (a request or a response). */
import type { HeaderStore, ReadonlyHeaders } from "./headers.js";
import type { Response } from "./response.js";

/** The class of the state that a gathered body leads to. */
export type GatheredState<State> = new (message: Message, trailers: ReadonlyHeaders | undefined) => State;

/** Turns chunks into other chunks. */
export type BodyTransform = (
  chunks: AsyncIterable<Uint8Array>,
) => AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

/** One message of an exchange: implemented by the guest. */
export interface Message extends HeaderStore {
  /** The head is followed by a body (or trailers). */
  readonly containsBody: boolean;
  /** A pseudo-header's value, "" when there is none. */
  pseudoHeader(name: string): string;
  /** Throws `STATE_CONSUMED` like any other edit. */
  setPseudoHeader(call: string, name: string, value: string): void;

  /**
   * Moves on to the whole body. `editable`: head and body stay changeable together; else the head is consumed.
   * Rejects with `STATE_CONSUMED`, and with `HOLD_UNAVAILABLE` where the host cannot hold.
   */
  gather<State>(call: string, editable: boolean, state: GatheredState<State>): Promise<State>;
  /** The body as last set or gathered. */
  body(): Uint8Array;
  readonly bodyOf: "request" | "response";
  /** @throws SluiceError `NO_BODY`, `BODY_METADATA`, `STATE_CONSUMED` */
  setBody(call: string, body: string | Uint8Array): void;

  /** Moves on to the body's chunks; consumes the head. Rejects with `STATE_CONSUMED`. */
  openStream<State>(call: string, state: new (message: Message) => State): Promise<State>;
  /** The chunks as they come, unchanged on their way. */
  readStream(): AsyncIterableIterator<Uint8Array>;
  /** Replaces the chunks; fulfilled when the whole body has been passed on. */
  transformStream(transform: BodyTransform): Promise<void>;
  /** The trailers once the stream has ended. */
  trailers(): ReadonlyHeaders | undefined;

  /** Replaces the response; responses only. */
  sendResponse(response: Response): void;
}
