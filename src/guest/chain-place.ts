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
import type { Direction } from "./direction.js";
import type { MessageOwner } from "./message-owner.js";

/**
 * `End`: the end of the message, or bytes in the host's buffer. `Trailers`: they have come; `Gone`: they go on, behind a body in the same go.
 * `Head`: the head, on a host that then gives it no event and puts into its buffer what earlier filters let go.
 */
export const Kept = { Nothing: 0, End: 1, Trailers: 2, Gone: 3, Head: 4 } as const;
export type Kept = (typeof Kept)[keyof typeof Kept];

const nobody = new Uint8Array(0);
const arrived = ["upstream", "request_attempt_count"] as const;
const bytesSent = ["response", "size"] as const;

export class ChainPlace {
  private readonly owner: MessageOwner;
  private readonly direction: Direction;
  /** undefined: it still holds its head. */
  private index: number | undefined;
  private told: Kept = Kept.Nothing;
  private others: boolean | undefined;
  private arrivedOnce = false;
  /** The end has come while a filter behind this one, not of this kit perhaps, held the head. */
  private keptFromHolder = false;

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

  /** A later filter has no event for what this one lets go. */
  get headHeldLater(): boolean {
    return this.index !== undefined && this.entries().includes(Kept.Head, this.index + 1);
  }

  /** No filter behind this one holds the head any more, as far as the host tells. */
  get headArrived(): boolean {
    if (!this.arrivedOnce) {
      const value = this.owner.host().getProperty(this.direction.name === "request" ? arrived : bytesSent);
      this.arrivedOnce = value?.some((byte) => byte !== 0) === true;
    }
    return this.arrivedOnce;
  }

  /** The host tells of requests that a filter behind this one holds the head. */
  get headOnItsWay(): boolean {
    return (
      this.index !== undefined &&
      this.direction.name === "request" &&
      !this.headArrived &&
      this.owner.host().getProperty(arrived) !== undefined
    );
  }

  /** Whoever held the head has let it go with the end of the message, which this filter keeps: those of this kit do not. */
  get bypassed(): boolean {
    return this.keptFromHolder && this.headArrived;
  }

  private earlier(): Uint8Array {
    const entries = this.entries();
    return this.index === undefined ? entries : entries.subarray(0, this.index);
  }

  private entries(): Uint8Array {
    return this.owner.host().getProperty(this.direction.kept) ?? nobody;
  }

  private write(entries: Uint8Array, kept: Kept): void {
    const index = this.index as number;
    const changed = new Uint8Array(Math.max(entries.length, index + 1));
    changed.set(entries);
    changed[index] = kept;
    this.owner.host().setProperty(this.direction.kept, changed);
  }
}

export function bypassedError(): SluiceError {
  return new SluiceError(
    "BODY_BYPASSED",
    "A filter behind this policy has let the request go on to its end, without the body that the policy still kept.",
  );
}
