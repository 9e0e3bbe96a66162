import type { HeaderList } from "../../src/abi/port.js";
import type { Downstream } from "../../src/host/downstream.js";

/** A client that records what it gets. */
export class FakeDownstream implements Downstream {
  status = 0;
  headers: HeaderList = [];
  readonly chunks: Uint8Array[] = [];
  trailers: HeaderList | undefined = undefined;
  heads = 0;
  ended = false;
  resets = 0;
  continues = 0;
  requestPaused = false;
  /** Set to make `sendData` report that there is no room. */
  full = false;

  get body(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  header(name: string): string | undefined {
    const index = this.headers.findIndex((entry, at) => at % 2 === 0 && entry === name);
    return index < 0 ? undefined : this.headers[index + 1];
  }

  sendHeaders(status: number, headers: HeaderList, endOfStream: boolean): void {
    this.heads++;
    this.status = status;
    this.headers = headers;
    this.ended = endOfStream;
  }

  sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    this.chunks.push(chunk);
    this.ended = endOfStream;
    return !this.full;
  }

  sendTrailers(trailers: HeaderList): void {
    this.trailers = trailers;
    this.ended = true;
  }

  sendContinue(): void {
    this.continues++;
  }

  pauseRequest(): void {
    this.requestPaused = true;
  }

  resumeRequest(): void {
    this.requestPaused = false;
  }

  reset(): void {
    this.resets++;
  }
}
