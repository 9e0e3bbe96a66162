/** Reads HTTP/1.1 messages off a connection, exactly and unforgivingly: what it accepts is framed truthfully. */

export interface ReceivedMessage {
  /** `GET / HTTP/1.1` or `HTTP/1.1 200 OK`. */
  readonly startLine: string;
  /** As received, values a byte a char. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer[];
  readonly trailers: (readonly [name: string, value: string])[];
  complete: boolean;
}

/** How much the body of a message is; `none` for what never has one. */
export type Framing = "none" | "length" | "chunked" | "until-close";

export interface MessageReaderOptions {
  /** Decides about a body where neither content-length nor transfer-encoding does, or whatever they say (`none` for HEAD). */
  framing(message: ReceivedMessage, declared: Framing): Framing;
  onHead(message: ReceivedMessage): void;
  onComplete(message: ReceivedMessage): void;
}

type State = "head" | "fixed" | "chunk-size" | "chunk" | "chunk-end" | "trailers" | "until-close";

const startLinePattern = /^([A-Z]+ \S+ HTTP\/1\.1|HTTP\/1\.1 \d{3} .*)$/;

export class MessageReader {
  readonly #options: MessageReaderOptions;
  #pending: Buffer = Buffer.alloc(0);
  #state: State = "head";
  #message: ReceivedMessage | undefined;
  #remaining = 0;

  constructor(options: MessageReaderOptions) {
    this.#options = options;
  }

  /** The message that has begun and not ended. */
  get current(): ReceivedMessage | undefined {
    return this.#message;
  }

  /** Bytes that belong to no message so far. */
  get surplus(): number {
    return this.#message === undefined ? this.#pending.length : 0;
  }

  /** Throws for what is no HTTP/1.1. */
  push(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (this.#step()) {
      // As far as it goes.
    }
  }

  /** The other side has ended the connection in order. */
  end(): void {
    if (this.#state === "until-close") {
      this.#complete();
    }
  }

  #step(): boolean {
    switch (this.#state) {
      case "head":
        return this.#readHead();
      case "fixed":
      case "chunk":
      case "until-close":
        return this.#readBody();
      case "chunk-size":
        return this.#readChunkSize();
      case "chunk-end":
        return this.#readChunkEnd();
      case "trailers":
        return this.#readTrailers();
    }
  }

  #readHead(): boolean {
    const end = this.#pending.indexOf("\r\n\r\n");
    if (end < 0) {
      return false;
    }
    const [startLine = "", ...lines] = this.#pending.toString("latin1", 0, end).split("\r\n");
    this.#pending = this.#pending.subarray(end + 4);
    if (!startLinePattern.test(startLine)) {
      throw new Error(`not HTTP/1.1: ${JSON.stringify(startLine)}`);
    }
    const message: ReceivedMessage = {
      startLine,
      headers: lines.map(headerLine),
      body: [],
      trailers: [],
      complete: false,
    };
    this.#message = message;
    this.#options.onHead(message);
    this.#begin(this.#options.framing(message, this.#declaredFraming(message)));
    return true;
  }

  #declaredFraming({ headers }: ReceivedMessage): Framing {
    const values = (name: string) =>
      headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
    const lengths = values("content-length");
    const codings = values("transfer-encoding");
    if (lengths.length + codings.length > 1) {
      throw new Error(`framed twice: ${[...lengths, ...codings].join(", ")}`);
    }
    if (codings.length === 1) {
      if (codings[0]!.toLowerCase() !== "chunked") {
        throw new Error(`transfer-encoding ${codings[0]!}`);
      }
      return "chunked";
    }
    if (lengths.length === 0) {
      return "until-close";
    }
    if (!/^\d+$/.test(lengths[0]!)) {
      throw new Error(`content-length ${lengths[0]!}`);
    }
    this.#remaining = Number(lengths[0]);
    return "length";
  }

  #begin(framing: Framing): void {
    if (framing === "chunked") {
      this.#state = "chunk-size";
    } else if (framing === "until-close") {
      this.#state = "until-close";
    } else if (framing === "length" && this.#remaining > 0) {
      this.#state = "fixed";
    } else {
      this.#complete();
    }
  }

  #readBody(): boolean {
    const open = this.#state === "until-close";
    const bytes = open ? this.#pending : this.#pending.subarray(0, this.#remaining);
    if (bytes.length === 0) {
      return false;
    }
    this.#message!.body.push(bytes);
    this.#pending = this.#pending.subarray(bytes.length);
    if (open) {
      return false;
    }
    this.#remaining -= bytes.length;
    if (this.#remaining > 0) {
      return false;
    }
    if (this.#state === "chunk") {
      this.#state = "chunk-end";
    } else {
      this.#complete();
    }
    return true;
  }

  #readChunkSize(): boolean {
    const line = this.#readLine();
    if (line === undefined) {
      return false;
    }
    if (!/^[0-9a-fA-F]+$/.test(line)) {
      throw new Error(`chunk size ${JSON.stringify(line)}`);
    }
    this.#remaining = parseInt(line, 16);
    this.#state = this.#remaining === 0 ? "trailers" : "chunk";
    return true;
  }

  #readChunkEnd(): boolean {
    const line = this.#readLine();
    if (line === undefined) {
      return false;
    }
    if (line !== "") {
      throw new Error(`after a chunk: ${JSON.stringify(line)}`);
    }
    this.#state = "chunk-size";
    return true;
  }

  #readTrailers(): boolean {
    const line = this.#readLine();
    if (line === undefined) {
      return false;
    }
    if (line === "") {
      this.#complete();
    } else {
      this.#message!.trailers.push(headerLine(line));
    }
    return true;
  }

  #readLine(): string | undefined {
    const end = this.#pending.indexOf("\r\n");
    if (end < 0) {
      return undefined;
    }
    const line = this.#pending.toString("latin1", 0, end);
    this.#pending = this.#pending.subarray(end + 2);
    return line;
  }

  #complete(): void {
    const message = this.#message!;
    message.complete = true;
    this.#message = undefined;
    this.#state = "head";
    this.#options.onComplete(message);
  }
}

function headerLine(line: string): [string, string] {
  const [, name, value] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
  if (name === undefined || value === undefined) {
    throw new Error(`header line ${JSON.stringify(line)}`);
  }
  return [name, value];
}
