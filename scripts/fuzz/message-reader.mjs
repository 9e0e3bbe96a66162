/** Reads HTTP/1.1 messages as strictly as RFC 9112 puts it: what comes out of a gateway has to be right. */

/**
 * @typedef {object} ReadHead
 * @property {string} startLine
 * @property {[name: string, value: string][]} fields names in lower case
 *
 * @typedef {object} MessageEvents
 * @property {(head: ReadHead) => "none" | "framed" | "interim"} onHead says what body follows: `framed` as the head says it
 * @property {(head: ReadHead, bodyLength: number) => void} onEnd
 * @property {(problem: string) => void} onProblem what came is no HTTP; nothing more is read
 */

const fieldLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const longestHead = 200_000;

export class MessageReader {
  #buffer = "";
  /** @type {"head" | "length" | "close" | "chunk size" | "chunk" | "chunk end" | "trailers" | "broken"} */
  #state = "head";
  #left = 0;
  #bodyLength = 0;
  /** @type {ReadHead} */
  #head = { startLine: "", fields: [] };
  #events;

  /** @param {MessageEvents} events @param {{ untilClose: boolean }} options whether a body without framing goes to the end (responses) */
  constructor(events, { untilClose }) {
    this.#events = events;
    this.untilClose = untilClose;
  }

  /** A message has begun and not ended. */
  get inMessage() {
    return this.#state !== "broken" && (this.#state !== "head" || this.#buffer !== "");
  }

  /** @param {string} text latin1 */
  read(text) {
    if (this.#state === "close") {
      this.#bodyLength += text.length;
      return;
    }
    this.#buffer = this.#buffer === "" ? text : this.#buffer + text;
    while (this.#step()) {
      // One part after the other, as far as it goes.
    }
  }

  /** The peer has ended in order. */
  end() {
    if (this.#state === "close") {
      this.#finish();
    }
  }

  /** @returns {boolean} whether something was read */
  #step() {
    switch (this.#state) {
      case "head":
        return this.#readHead();
      case "length":
      case "chunk":
        return this.#readBody();
      case "chunk size":
        return this.#readLine((line) => {
          const size = /^([0-9a-f]+)(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(line)?.[1];
          if (size === undefined) {
            this.#fail(`a chunk's size is ${JSON.stringify(line)}`);
            return;
          }
          this.#left = parseInt(size, 16);
          this.#state = this.#left === 0 ? "trailers" : "chunk";
        });
      case "chunk end":
        return this.#readLine((line) => {
          this.#state = "chunk size";
          if (line !== "") {
            this.#fail("a chunk is longer than its size");
          }
        });
      case "trailers":
        return this.#readLine((line) => {
          if (line === "") {
            this.#finish();
          } else if (!fieldLine.test(line)) {
            this.#fail(`a trailer is ${JSON.stringify(line)}`);
          }
        });
      default:
        return false;
    }
  }

  #readHead() {
    const end = this.#buffer.indexOf("\r\n\r\n");
    if (end === -1) {
      if (this.#buffer.length > longestHead) {
        this.#fail(`a head does not end: ${JSON.stringify(this.#buffer.slice(0, 100))}`);
      }
      return false;
    }
    const [startLine = "", ...lines] = this.#buffer.slice(0, end).split("\r\n");
    this.#buffer = this.#buffer.slice(end + 4);
    /** @type {[string, string][]} */
    const fields = [];
    for (const line of lines) {
      const match = fieldLine.exec(line);
      if (match === null) {
        this.#fail(`a field is ${JSON.stringify(line.slice(0, 200))}`);
        return false;
      }
      fields.push([/** @type {string} */ (match[1]).toLowerCase(), /** @type {string} */ (match[2])]);
    }
    this.#head = { startLine, fields };
    this.#bodyLength = 0;
    const body = this.#events.onHead(this.#head);
    if (body === "none") {
      this.#finish();
    } else if (body === "framed") {
      this.#frame(valuesOf(this.#head, "content-length"), valuesOf(this.#head, "transfer-encoding"));
    }
    return this.#state !== "broken";
  }

  /** @param {string[]} lengths @param {string[]} codings */
  #frame(lengths, codings) {
    if (lengths.length + codings.length > 1) {
      this.#fail(`a head says its body's length twice: ${[...lengths, ...codings].join(", ")}`);
    } else if (codings.length === 1) {
      this.#state = "chunk size";
      if (codings[0] !== "chunked") {
        this.#fail(`transfer-encoding is ${JSON.stringify(codings[0])}`);
      }
    } else if (lengths.length === 0) {
      if (this.untilClose) {
        this.#state = "close";
        this.#bodyLength = this.#buffer.length;
        this.#buffer = "";
      } else {
        this.#finish();
      }
    } else if (!/^\d{1,15}$/.test(/** @type {string} */ (lengths[0]))) {
      this.#fail(`content-length is ${JSON.stringify(lengths[0])}`);
    } else {
      this.#left = Number(lengths[0]);
      this.#state = "length";
      if (this.#left === 0) {
        this.#finish();
      }
    }
  }

  #readBody() {
    const size = Math.min(this.#left, this.#buffer.length);
    this.#buffer = this.#buffer.slice(size);
    this.#left -= size;
    this.#bodyLength += size;
    if (this.#left > 0) {
      return false;
    }
    if (this.#state === "length") {
      this.#finish();
    } else {
      this.#state = "chunk end";
    }
    return true;
  }

  /** @param {(line: string) => void} take */
  #readLine(take) {
    const end = this.#buffer.indexOf("\r\n");
    if (end === -1) {
      if (this.#buffer.length > longestHead) {
        this.#fail("a line does not end");
      }
      return false;
    }
    const line = this.#buffer.slice(0, end);
    this.#buffer = this.#buffer.slice(end + 2);
    take(line);
    return this.#state !== "broken";
  }

  #finish() {
    this.#state = "head";
    this.#events.onEnd(this.#head, this.#bodyLength);
  }

  /** @param {string} problem */
  #fail(problem) {
    this.#state = "broken";
    this.#buffer = "";
    this.#events.onProblem(problem);
  }
}

/** @param {ReadHead} head @param {string} name */
export function valuesOf({ fields }, name) {
  return fields.flatMap(([field, value]) => (field === name ? [value] : []));
}
