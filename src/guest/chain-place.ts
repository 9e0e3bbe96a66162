/**
 * What the policies of a chain tell each other of one body. A host may have one buffer for all filters of a direction, as Envoy does: whoever
 * lets go outside an event of the body pushes on all that lies there, and the end of the message where an earlier filter has seen it.
 * So a filter that has let its head go says in a property of the exchange, which modules in other VMs read at once, what it
 * keeps, and those behind it wait for the event that its letting go will be.
 *
 * Its place is the order in which filters let their heads go: the next one cannot see the head before. One that still holds it is
 * behind all that have a place.
 */
import { SluiceError } from "../errors.js";
import { ByteQueue } from "./byte-queue.js";
import { noBytes, startsWith } from "./bytes.js";
import type { Direction } from "./direction.js";
import { maxBytes, readBody, setBody } from "./host-body.js";
import type { MessageOwner } from "./message-owner.js";

/**
 * `End`: the end of the message, or bytes in the host's buffer. `Trailers`: they have come; `Gone`: they go on, behind a body in the same go.
 * `Head`: the head, on a host that then gives it no event and puts into its buffer what earlier filters let go.
 */
export const Kept = { Nothing: 0, End: 1, Trailers: 2, Gone: 3, Head: 4 } as const;
export type Kept = (typeof Kept)[keyof typeof Kept];

const arrived = ["upstream", "request_attempt_count"] as const;
const bytesSent = ["response", "size"] as const;

export class ChainPlace {
  readonly owner: MessageOwner;
  readonly direction: Direction;
  /** undefined: it still holds its head. */
  private index: number | undefined;
  private told: Kept = Kept.Nothing;
  private others: boolean | undefined;
  private arrivedOnce = false;
  /** The end has come while a filter behind this one, not of this kit perhaps, held the head. */
  private keptFromHolder = false;
  /** What went on, perhaps to a filter of others that holds the head. */
  private ahead: ByteQueue | undefined;

  constructor(owner: MessageOwner, direction: Direction) {
    this.owner = owner;
    this.direction = direction;
  }

  /** There are filters before this one which may keep bytes; known when the head has come. */
  get behindOthers(): boolean {
    return (this.others ??= this.entries().length > 0);
  }

  /** The head is about to go on, and its body is not. */
  take(): void {
    if (this.index !== undefined) {
      return;
    }
    const entries = this.entries();
    this.index = entries.length;
    this.others = this.index > 0;
    this.write(entries, Kept.Nothing);
  }

  /** It holds its head. Nobody who comes before needs to know where nobody does. */
  holdHead(): void {
    if (this.behindOthers) {
      this.take();
      this.tell(Kept.Head);
    }
  }

  tell(kept: Kept): void {
    if (this.index === undefined || this.told === kept || this.told === Kept.Gone) {
      return;
    }
    const keepsEnd = kept === Kept.End || kept === Kept.Trailers;
    this.keptFromHolder = keepsEnd && this.direction.name === "request" && !this.headArrived;
    this.told = this.told === Kept.Trailers ? Kept.Gone : kept;
    this.write(this.entries(), this.told);
  }

  /** An earlier filter keeps what must not be pushed on. */
  get mustWait(): boolean {
    return this.earlier().some((kept) => kept === Kept.End || kept === Kept.Trailers);
  }

  /** The event of the body that is running is followed by that of the trailers in one go, in which alone both may be let go. */
  get trailersFollow(): boolean {
    return this.earlier().some((kept) => kept === Kept.Trailers || kept === Kept.Gone);
  }

  /** No filter behind this one holds the head any more, as far as the host tells. */
  get headArrived(): boolean {
    if (!this.arrivedOnce) {
      const value = this.owner.host().getProperty(this.direction.name === "request" ? arrived : bytesSent);
      this.arrivedOnce = value?.some((byte) => byte !== 0) === true;
    }
    return this.arrivedOnce;
  }

  /** Nobody but this filter lets go what is in the host's buffer. */
  mayLieInBuffer(headOut: boolean, stream: { readonly transforming: boolean } | undefined): boolean {
    if (this.behindOthers || stream?.transforming === true) {
      return false;
    }
    return !headOut || (stream !== undefined && (this.owner.settings.onlyOurs || this.headArrived));
  }

  /** The head of this one has gone on to a filter that holds it, and has no event for what follows it. */
  get headHeldLater(): boolean {
    const { canHold, onlyOurs } = this.owner.settings;
    if (this.index === undefined) {
      return false;
    }
    return (!canHold && this.entries().includes(Kept.Head, this.index + 1)) || (!onlyOurs && this.headOnItsWay);
  }

  /** The host tells of requests that a filter behind this one holds the head. */
  private get headOnItsWay(): boolean {
    return (
      this.direction.name === "request" && !this.headArrived && this.owner.host().getProperty(arrived) !== undefined
    );
  }

  /** Whoever held the head has let it go with the end of the message, which this filter keeps: those of this kit do not. */
  get bypassed(): boolean {
    return this.keptFromHolder && this.headArrived;
  }

  /** The exchange ends, and this filter keeps the end of the message; nobody of this kit has broken it off. */
  get leftBehind(): boolean {
    return (
      (this.told === Kept.End || this.told === Kept.Trailers) && this.entries()[this.index as number] === this.told
    );
  }

  /** These bytes go on. `last`: they are all of the message. */
  letGo(bytes: Uint8Array, last: boolean): void {
    if (!last && bytes.length > 0 && !this.owner.settings.onlyOurs && !this.headArrived) {
      (this.ahead ??= new ByteQueue()).push(bytes);
    }
  }

  /**
   * The host shows what lies in its buffer before the new chunk, as it does after `StopIterationAndBuffer`: what has gone on and is
   * held by a filter of others is no longer there then. It goes on once more, before anything else.
   */
  takeBack(): Uint8Array | undefined {
    if (this.ahead === undefined) {
      return undefined;
    }
    const ahead = this.ahead.bytes();
    this.ahead = undefined;
    if (this.headArrived) {
      return undefined;
    }
    const shown = readBody(this, 0, maxBytes);
    if (!startsWith(shown, ahead)) {
      return undefined;
    }
    setBody(this, shown.length, shown.subarray(ahead.length));
    return ahead;
  }

  private earlier(): Uint8Array {
    const entries = this.entries();
    return this.index === undefined ? entries : entries.subarray(0, this.index);
  }

  private entries(): Uint8Array {
    return this.owner.host().getProperty(this.direction.kept) ?? noBytes;
  }

  private write(entries: Uint8Array, kept: Kept): void {
    const index = this.index as number;
    const changed = new Uint8Array(Math.max(entries.length, index + 1));
    changed.set(entries);
    changed[index] = kept;
    this.owner.host().setProperty(this.direction.kept, changed);
  }
}

export function bypassedError(of: Direction["name"]): SluiceError {
  return new SluiceError(
    "BODY_BYPASSED",
    `A filter that gets the ${of} after this policy has let it go on to its end, without the body that the policy still kept.`,
  );
}
