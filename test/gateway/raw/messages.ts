/** Reads HTTP/1.1 messages out of all the bytes of a connection, exactly and unforgivingly. */

export interface Message {
  /** `GET / HTTP/1.1` or `HTTP/1.1 200 OK`. */
  startLine: string;
  /** Names in lower case, values a byte a char. */
  fields: [name: string, value: string][];
  framing: "none" | "length" | "chunked" | "until-close";
  body: string;
  trailers: [name: string, value: string][];
  complete: boolean;
}

export interface ReadMessages {
  messages: Message[];
  /** What is wrong with these bytes: nothing after it was read. */
  problem: string | undefined;
  /** Where the first byte is that belongs to no complete message. */
  end: number;
}

export interface ReadOptions {
  startLine: RegExp;
  /** The framing of a message that has neither a length nor a coding. */
  unframed: "none" | "until-close";
  /** Whether a message has no body whatever its fields say. */
  bodyless(message: Message, index: number): boolean;
  /** No more bytes will come. */
  ended: boolean;
}

class Malformed extends Error {}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Visible characters, bytes above ASCII, spaces and tabs inside (RFC 9110, section 5.5).
const fieldValue = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

export function readMessages(text: string, options: ReadOptions): ReadMessages {
  const reader = new Reader(text, options);
  const messages: Message[] = [];
  let end = 0;
  try {
    while (reader.position < text.length) {
      const message = reader.next(messages.length);
      if (message === undefined) {
        break;
      }
      messages.push(message);
      if (!message.complete) {
        break;
      }
      end = reader.position;
    }
  } catch (error) {
    if (!(error instanceof Malformed)) {
      throw error;
    }
    return { messages, problem: error.message, end };
  }
  return { messages, problem: undefined, end };
}

class Reader {
  position = 0;
  readonly #text: string;
  readonly #options: ReadOptions;

  constructor(text: string, options: ReadOptions) {
    this.#text = text;
    this.#options = options;
  }

  /** undefined where not even a head is complete. */
  next(index: number): Message | undefined {
    const end = this.#text.indexOf("\r\n\r\n", this.position);
    if (end < 0) {
      return undefined;
    }
    const [startLine = "", ...lines] = this.#text.slice(this.position, end).split("\r\n");
    this.position = end + 4;
    if (!this.#options.startLine.test(startLine)) {
      throw new Malformed(`start line ${JSON.stringify(startLine)}`);
    }
    const fields = lines.map(fieldLine);
    const message: Message = { startLine, fields, framing: "none", body: "", trailers: [], complete: true };
    const [framing, length] = declaredFraming(fields);
    if (this.#options.bodyless(message, index)) {
      return message;
    }
    message.framing = framing ?? this.#options.unframed;
    if (message.framing === "chunked") {
      this.#readChunks(message);
    } else if (message.framing === "length") {
      message.complete = this.#take(message, length);
    } else if (message.framing === "until-close") {
      this.#take(message, Number.POSITIVE_INFINITY);
      message.complete = this.#options.ended;
    }
    return message;
  }

  #take(message: Message, length: number): boolean {
    const bytes = this.#text.slice(this.position, this.position + length);
    this.position += bytes.length;
    message.body += bytes;
    return bytes.length === length;
  }

  #readChunks(message: Message): void {
    message.complete = false;
    for (;;) {
      const line = this.#line();
      if (line === undefined) {
        return;
      }
      if (!/^[0-9a-fA-F]+$/.test(line)) {
        throw new Malformed(`chunk size ${JSON.stringify(line)}`);
      }
      const size = parseInt(line, 16);
      if (size === 0) {
        break;
      }
      if (!this.#take(message, size)) {
        return;
      }
      const after = this.#line();
      if (after === undefined) {
        return;
      }
      if (after !== "") {
        throw new Malformed(`after a chunk: ${JSON.stringify(after)}`);
      }
    }
    for (let line = this.#line(); line !== undefined; line = this.#line()) {
      if (line === "") {
        message.complete = true;
        return;
      }
      message.trailers.push(fieldLine(line));
    }
  }

  #line(): string | undefined {
    const end = this.#text.indexOf("\r\n", this.position);
    if (end < 0) {
      return undefined;
    }
    const line = this.#text.slice(this.position, end);
    this.position = end + 2;
    return line;
  }
}

function declaredFraming(
  fields: readonly [string, string][],
): [framing: Message["framing"] | undefined, length: number] {
  const values = (name: string) => fields.filter(([other]) => other === name).map(([, value]) => value);
  const lengths = values("content-length");
  const codings = values("transfer-encoding");
  if (lengths.length + codings.length > 1) {
    throw new Malformed(`framed twice: ${[...lengths, ...codings].join(", ")}`);
  }
  if (codings[0] !== undefined) {
    if (codings[0] !== "chunked") {
      throw new Malformed(`transfer-encoding ${codings[0]}`);
    }
    return ["chunked", 0];
  }
  if (lengths[0] !== undefined) {
    if (!/^\d{1,19}$/.test(lengths[0])) {
      throw new Malformed(`content-length ${lengths[0]}`);
    }
    return ["length", Number(lengths[0])];
  }
  return [undefined, 0];
}

function fieldLine(line: string): [string, string] {
  const colon = line.indexOf(":");
  const name = line.slice(0, colon);
  const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
  if (colon < 0 || !token.test(name) || !fieldValue.test(value)) {
    throw new Malformed(`field line ${JSON.stringify(line)}`);
  }
  return [name.toLowerCase(), value];
}

export function fieldOf({ fields }: Message, name: string): string | undefined {
  return fields.find(([other]) => other === name)?.[1];
}
