/**
 * What a client sends, on its way to Node's parser: one request at a time.
 *
 * Node's parser hands over every request that it finds in the bytes it is given, each at once, and loses what comes behind a
 * request for an upgrade that nobody takes up. So it is given no more than up to the next place where a message can end, and
 * nothing while a request waits for its response. Those places follow from the grammar alone (RFC 9112, sections 2.1, 6.3 and
 * 7.1): a head ends with an empty line, a chunked body with the first one behind a line that begins with `0`, any other body
 * after its length. Whether a message really ends there only the parser knows.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { messageHeadBytes } from "../abi/head-limits.js";
import { heldInputBytes } from "./limits.js";
import type { Refusal } from "./refusal.js";
import { protocolChars, protocolRefusal } from "./request-line.js";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const zero = 0x30;
const shortLine = 64;

/** How what the parser saw last ends: `LF`, `LF CR`, or with something else. */
type Ending = "line" | "line, CR" | "other";

/** The connection that the bytes come on. */
export interface InputOwner {
  /** No further request is served. */
  readonly closing: boolean;
  /** The client sends more than is served: the connection is to be closed in stages. */
  lingerOnClose(): void;
  /** A head is too large, or of a protocol that is not served; the rest is not parsed, nor what follows it. */
  refuse(refusal: Refusal): void;
}

export class ClientInput {
  readonly #socket: Socket;
  readonly #owner: InputOwner;
  readonly #parse: (chunk: Buffer) => void;
  #request: IncomingMessage | undefined;
  #response: ServerResponse | undefined;
  /** Bytes of the request's body that the parser has not seen yet, where its length is known. */
  #bodyBytes = 0;
  /** In a chunked body: since the last empty line there was a line that may be the last chunk's. */
  #lastChunk = false;
  /** The end of the request line that has come so far; undefined behind it. */
  #requestLine: string | undefined = "";
  /** Of the head that comes. */
  #headBytes = 0;
  #ending: Ending = "other";
  #held: Buffer | undefined;
  /** The response whose end lets the next request pass; undefined while nothing waits for it. */
  #awaited: ServerResponse | undefined;
  #discards = false;

  constructor(socket: Socket, owner: InputOwner) {
    this.#socket = socket;
    this.#owner = owner;
    const [parse] = socket.listeners("data");
    if (parse === undefined) {
      throw new TypeError("Node's server does not read its connections by events.");
    }
    this.#parse = parse as (chunk: Buffer) => void;
    // In this order: with a second listener Node hands over bytes as events, which its parser would else read by itself.
    socket.on("data", (chunk: Buffer) => {
      this.#onData(chunk);
    });
    socket.off("data", this.#parse);
    socket.on("resume", () => {
      this.#onResume();
    });
  }

  /** The parser has handed over a request. `contentLength` is -1 for a chunked body. */
  begin(request: IncomingMessage, response: ServerResponse, contentLength: number): void {
    this.#request = request;
    this.#response = response;
    this.#bodyBytes = Math.max(contentLength, 0);
    this.#lastChunk = false;
    this.#requestLine = "";
    this.#headBytes = 0;
  }

  /** Nothing more is parsed: what is held back and what still comes is thrown away. */
  discard(): void {
    this.#discards = true;
    this.#held = undefined;
  }

  #onData(chunk: Buffer): void {
    if (this.#held === undefined) {
      this.#feed(chunk);
      return;
    }
    this.#held = Buffer.concat([this.#held, chunk]);
    this.#limitHeld();
  }

  /** Reading goes on, and with it what was kept back. */
  #onResume(): void {
    const held = this.#held;
    if (held === undefined) {
      return;
    }
    if (this.#isBusy) {
      this.#limitHeld();
      return;
    }
    this.#held = undefined;
    this.#feed(held);
  }

  #feed(chunk: Buffer): void {
    for (let start = 0; start < chunk.length; ) {
      if (this.#discards) {
        return;
      }
      if (this.#owner.closing && this.#isBetweenMessages) {
        this.#owner.lingerOnClose();
        return;
      }
      if (this.#isBusy || this.#socket.isPaused()) {
        this.#hold(chunk.subarray(start));
        return;
      }
      const end = this.#pieceEnd(chunk, start);
      if (end === undefined) {
        return;
      }
      this.#noteEnding(chunk, start, end);
      this.#parse.call(this.#socket, start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end));
      start = end;
    }
  }

  /** Goes on reading as long as little is held back: only a connection that is read tells that its client is gone. */
  #hold(rest: Buffer): void {
    this.#held = rest;
    this.#limitHeld();
    const response = this.#response;
    if (this.#isBusy && response !== undefined && this.#awaited !== response) {
      this.#awaited = response;
      response.once("finish", () => {
        if (this.#socket.isPaused()) {
          this.#socket.resume();
        } else {
          this.#onResume();
        }
      });
    }
  }

  #limitHeld(): void {
    if (this.#held !== undefined && this.#held.length >= heldInputBytes) {
      this.#socket.pause();
    }
  }

  get #isBetweenMessages(): boolean {
    return this.#request === undefined || this.#request.complete;
  }

  /** The whole request was read, its response is not out yet. */
  get #isBusy(): boolean {
    return this.#response !== undefined && this.#isBetweenMessages && !this.#response.writableFinished;
  }

  /** Where the piece from `start` on ends that the parser may be given; undefined when it is to get no more. */
  #pieceEnd(chunk: Buffer, start: number): number | undefined {
    if (this.#isBetweenMessages) {
      const end = this.#emptyLineEnd(chunk, start, false);
      this.#headBytes += end - start;
      const refusal = this.#headBytes > messageHeadBytes ? headTooLarge : this.#checkRequestLine(chunk, start, end);
      if (refusal === undefined) {
        return end;
      }
      this.discard();
      this.#owner.refuse(refusal);
      return undefined;
    }
    if (this.#bodyBytes > 0) {
      const end = Math.min(chunk.length, start + this.#bodyBytes);
      this.#bodyBytes -= end - start;
      return end;
    }
    return this.#emptyLineEnd(chunk, start, true);
  }

  /** Behind the first empty line that may end a message, or the chunk's end. */
  #emptyLineEnd(chunk: Buffer, start: number, inBody: boolean): number {
    let line = start;
    if (this.#ending === "line, CR" && chunk[start] === lineFeed) {
      if (this.#endsMessage(inBody)) {
        return start + 1;
      }
      line = start + 1;
    } else if (this.#ending !== "line") {
      line = nextLine(chunk, start);
    }
    while (line < chunk.length) {
      const first = chunk[line];
      const length = first === lineFeed ? 1 : first === carriageReturn && chunk[line + 1] === lineFeed ? 2 : 0;
      if (length > 0 && this.#endsMessage(inBody)) {
        return line + length;
      }
      this.#lastChunk ||= inBody && first === zero;
      line = nextLine(chunk, line);
    }
    return chunk.length;
  }

  /** Whether an empty line may be a message's end. */
  #endsMessage(inBody: boolean): boolean {
    const ends = !inBody || this.#lastChunk;
    this.#lastChunk = false;
    return ends;
  }

  #noteEnding(chunk: Buffer, start: number, end: number): void {
    const last = chunk[end - 1];
    if (last === lineFeed) {
      this.#ending = "line";
    } else {
      const followsLine = end - start > 1 ? chunk[end - 2] === lineFeed : this.#ending === "line";
      this.#ending = last === carriageReturn && followsLine ? "line, CR" : "other";
    }
  }

  /** What is wrong with the protocol of a request line that ends in this piece. Empty lines before it do not count. */
  #checkRequestLine(chunk: Buffer, start: number, end: number): Refusal | undefined {
    for (let from = start; this.#requestLine !== undefined && from < end; ) {
      const behind = nextLine(chunk, from);
      const to = behind > end || chunk[behind - 1] !== lineFeed ? end : behind - 1;
      const line = this.#requestLine + chunk.toString("latin1", Math.max(from, to - protocolChars), to);
      if (to === end) {
        this.#requestLine = line.slice(-protocolChars);
        return undefined;
      }
      if (line !== "" && line !== "\r") {
        this.#requestLine = undefined;
        return protocolRefusal(line);
      }
      this.#requestLine = "";
      from = to + 1;
    }
    return undefined;
  }
}

const headTooLarge: Refusal = {
  status: 431,
  details: "request_head_too_large",
  message: `The request's head has more than ${messageHeadBytes} bytes.`,
};

/** Where the line behind the one at `from` begins. */
function nextLine(chunk: Buffer, from: number): number {
  // Most lines are short: a call of Node's own code would take longer.
  const near = Math.min(chunk.length, from + shortLine);
  for (let i = from; i < near; i++) {
    if (chunk[i] === lineFeed) {
      return i + 1;
    }
  }
  const lineEnd = chunk.indexOf(lineFeed, near);
  return lineEnd < 0 ? chunk.length : lineEnd + 1;
}
