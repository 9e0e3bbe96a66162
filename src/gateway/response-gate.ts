/** Stands between an upstream's socket and the parser of its responses. */
import type { Socket } from "node:net";
import { messageHeadBytes } from "../abi/head-limits.js";

/** Informational responses that may come before a final one; a further one is a failure. */
const maxInformational = 32;

/** `HTTP/1.1 200`. */
const startBytes = 12;
const finalStart = /^HTTP\/1\.[01] [2-9]\d\d$/;
const informationalStart = /^HTTP\/1\.[01] 1\d\d$/;
/** A whole informational head, but 101. Such a response has no body, so nothing may say how long it is (RFC 9110, section 8.6). */
const informationalHead =
  /^HTTP\/1\.[01] 1(?!01)\d\d(?: [\t\x20-\x7e\x80-\xff]*)?\r\n(?:(?!content-length:|transfer-encoding:)[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/i;

const key = Symbol("gate");

type GatedSocket = Socket & { [key]?: ResponseGate };
type Push = (chunk: Buffer | null) => boolean;

/**
 * Takes out informational responses (RFC 9110, section 15.2), of which undici takes `100` for an error and node:http any
 * number. Ends connections that speak another protocol than HTTP/1.x, or that change it, which both parsers would let pass in
 * some of its forms; and those on which something comes that no request has asked for: it would be taken for the next one's
 * response (RFC 9112, section 9.2).
 */
export class ResponseGate {
  /** The gate of a socket, which has one from its first request on. */
  static of(socket: Socket): ResponseGate {
    const gated = socket as GatedSocket;
    gated[key] ??= new ResponseGate(gated);
    return gated[key];
  }

  /** A byte of the response has come. */
  begun = false;
  /** The request is not the connection's first one. */
  reused = false;
  /** The response is one of HTTP/1.0. */
  ofHttp10 = false;
  #opened = false;
  #paused = false;
  /** What came while it was paused; null is the connection's end. */
  #kept: (Buffer | null)[] = [];
  readonly #socket: Socket;
  readonly #push: Push;
  #awaits: "nothing" | "head" | "anything" = "nothing";
  #informational = 0;
  /** The beginning of a head, not enough of it to tell what it is. */
  #held: Buffer | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // What Node gives sockets that have read something.
    this.#push = socket.push.bind(socket);
    socket.push = this.#take;
    // Node and undici take theirs away at times, and an error that nobody listens to ends the process.
    socket.on("error", ignore);
  }

  /** A request goes out: its response may come. */
  open(): void {
    this.reused = this.#opened;
    this.#opened = true;
    this.begun = false;
    this.#awaits = "head";
    this.#informational = 0;
  }

  /** The response is complete: nothing may come before the next request, if there may be one on this connection. */
  close(reusable: boolean): void {
    this.#awaits = "nothing";
    if (!reusable) {
      this.#socket.destroy();
    }
    this.resume();
  }

  /**
   * Hands on no more of the response, and reads no more than what is under way. undici's own pause cannot be used: where the
   * connection ends meanwhile, an assertion fails in an event of the socket.
   */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) {
      return;
    }
    this.#paused = false;
    while (this.#kept.length > 0 && !this.#socket.destroyed) {
      this.#take(this.#kept.shift() ?? null);
    }
    // Reading goes on, or the end is told.
    this.#socket.read(0);
  }

  /** Nothing more will come, though what has come may not have been heard of yet. */
  get lost(): boolean {
    return this.#socket.destroyed;
  }

  readonly #take: Push = (chunk) => {
    if (this.#paused) {
      this.#kept.push(chunk);
      return false;
    }
    if (this.#awaits === "anything" || (chunk === null && this.#held === undefined)) {
      return this.#push(chunk);
    }
    if (this.#awaits === "nothing") {
      this.#socket.destroy();
      return false;
    }
    this.begun = true;
    if (chunk === null) {
      this.#pass(this.#held!);
      return this.#push(null);
    }
    if (this.#held === undefined && beginsFinalHead(chunk)) {
      return this.#pass(chunk);
    }
    return this.#sift(this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]));
  };

  /** Drops the informational heads that `bytes` begins with. */
  #sift(bytes: Buffer): boolean {
    let rest = bytes;
    while (rest.length >= startBytes) {
      const line = rest.toString("latin1", 0, startBytes);
      if (finalStart.test(line)) {
        if (rest.includes("\n")) {
          return this.#pass(rest);
        }
        if (rest.length <= messageHeadBytes) {
          break;
        }
        return this.#fail("The status line of the upstream's response is too long.");
      }
      if (!informationalStart.test(line)) {
        return this.#fail("The upstream's response is not one of HTTP/1.1.");
      }
      const end = rest.indexOf("\r\n\r\n") + 4;
      if (end < 4 && rest.length <= messageHeadBytes) {
        break;
      }
      if (!informationalHead.test(rest.toString("latin1", 0, end))) {
        return this.#fail("The upstream changes the protocol, or its informational response is broken.");
      }
      if (++this.#informational > maxInformational) {
        return this.#fail(`The upstream sent more than ${maxInformational} informational responses.`);
      }
      rest = rest.subarray(end);
    }
    this.#held = rest.length === 0 ? undefined : rest;
    return true;
  }

  #pass(bytes: Buffer): boolean {
    this.#awaits = "anything";
    this.#held = undefined;
    this.ofHttp10 = bytes[7] === 0x30;
    return this.#push(bytes);
  }

  #fail(message: string): boolean {
    this.#socket.destroy(new Error(message));
    return false;
  }
}

/** As {@link finalStart} of HTTP/1.1, for what nearly every response begins with. */
function beginsFinalHead(chunk: Buffer): boolean {
  return (
    chunk.length >= startBytes &&
    // "HTTP", "/1.1".
    chunk.readUInt32BE(0) === 0x48545450 &&
    chunk.readUInt32BE(4) === 0x2f312e31 &&
    chunk[8] === 0x20 &&
    isDigit(chunk[9]!) &&
    chunk[9]! >= 0x32 &&
    isDigit(chunk[10]!) &&
    isDigit(chunk[11]!) &&
    // undici tells only the last part of a reason that comes in several.
    chunk.includes(0x0a)
  );
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function ignore(): void {
  // Whoever uses the socket hears of it, too.
}
