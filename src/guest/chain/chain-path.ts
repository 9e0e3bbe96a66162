/** The way of one message through the policies of a guest, by the rules that all chains have. */
import { MessagePath } from "../../chain/message-path.js";
import { ByteQueue } from "../byte-queue.js";

/** Calls the policy at a place of the path; its answer is a status of the event's kind. */
export interface PathEvents {
  head(position: number, endOfStream: boolean): number;
  body(position: number, size: number, endOfStream: boolean): number;
  trailers(position: number): number;
  /** The policy has asked to go on, and that has not been done yet; then it is now. */
  takeResumption(position: number): boolean;
}

/** The host has the head, and the trailers: what the path has of them is empty. */
export class ChainPath extends MessagePath {
  private readonly events: PathEvents;
  private output = new ByteQueue();

  /** @param length how many policies the message passes */
  constructor(events: PathEvents, length: number) {
    // Who holds back how much is up to the host's buffer and the policies' own limits.
    super(Infinity);
    this.events = events;
    this.length = length;
  }

  get policies(): number {
    return this.length;
  }

  /** All that has come has left the last policy, the head too. */
  get ready(): boolean {
    return this.headSent && this.keepsNothing;
  }

  /** Bytes that are here: kept by policies, or come out and not taken. */
  get byteLength(): number {
    return this.bytesKept + this.output.byteLength;
  }

  /** What has come out since the last time. */
  takeOutput(): Uint8Array {
    const output = this.output.bytes();
    this.output = new ByteQueue();
    return output;
  }

  takeBack(output: Uint8Array): void {
    this.output.unshift(output);
  }

  /** The first policy that holds something; -1 where there is none. */
  get holder(): number {
    for (let position = 0; position < this.length; position++) {
      if (this.isHolding(position)) {
        return position;
      }
    }
    return -1;
  }

  protected deliverHead(position: number, _headers: unknown, endOfStream: boolean): number {
    return this.events.head(position, endOfStream);
  }

  protected deliverBody(position: number, size: number, endOfStream: boolean): number {
    return this.events.body(position, size, endOfStream);
  }

  protected deliverTrailers(position: number): number {
    return this.events.trailers(position);
  }

  protected takeResumption(position: number): boolean {
    return this.events.takeResumption(position);
  }

  protected sendData(chunk: Uint8Array): boolean {
    this.output.push(chunk);
    return true;
  }

  // What is ready is looked at when a turn is over.

  protected onHeadHeld(): void {
    // It is not ready.
  }

  protected sendHead(): void {
    // `headSent`.
  }

  protected sendTrailers(): void {
    // `complete`.
  }

  protected onComplete(): void {
    // `complete`.
  }

  protected onLengthMismatch(): void {
    // The host has the head, and looks after that.
  }

  protected pauseSource(): void {
    // The host does, by the answers to its events.
  }

  protected resumeSource(): void {
    // As above.
  }
}
