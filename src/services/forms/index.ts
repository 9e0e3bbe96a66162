/** `sluice/forms`: the fields of bodies that are `application/x-www-form-urlencoded`. */
import { bodyOf } from "../../policy/body.js";
import { bytesToByteString } from "../../policy/byte-string.js";
import type { ReadonlyHeaders } from "../../policy/headers.js";
import { mediaTypeOf } from "../../policy/media-type.js";
import { UnreadableBodyError } from "../../policy/unreadable-body.js";
import { UrlEncodedList } from "../query/url-encoding.js";

/**
 * The fields of a body, to read and edit, as a `URLSearchParams` of the same text has them (URL standard section 5): a `+` is a space,
 * what is no percent-encoding stays, bytes that are not UTF-8 become U+FFFD, and names are compared decoded and with their case. An edit
 * is a `setBody()`: all fields but those that it is about keep every byte, and what it writes is encoded as `URLSearchParams` does.
 */
export interface Form extends Iterable<[name: string, value: string]> {
  /** The first value of that name; "" for one without `=`, `null` where there is none. */
  get(name: string): string | null;
  /** All values of that name, in order. */
  getAll(name: string): string[];
  /** Whether there is a field of that name and, where one is given, that value. */
  has(name: string, value?: string): boolean;
  /** Name and value of every field, in order, as they are when the first is taken: fields may be edited meanwhile. */
  [Symbol.iterator](): Generator<[name: string, value: string], undefined>;
  /** The body as it is written, a byte string. */
  toString(): string;
  /**
   * Puts this value in the place of the first of that name and removes the others; adds it at the end where there is none.
   * @throws SluiceError what `setBody()` throws
   */
  set(name: string, value: string): void;
  /**
   * Adds a field at the end and keeps the others.
   * @throws SluiceError what `setBody()` throws
   */
  append(name: string, value: string): void;
  /**
   * Removes all fields of that name and, where one is given, that value.
   * @throws SluiceError what `setBody()` throws
   */
  delete(name: string, value?: string): void;
}

/** A gathered body as `form` needs it: that of a request or a response, after `intoBodyState()` or `intoHeadersBodyState()`. */
export interface FormBody {
  /** The message's headers: `content-type` and `content-encoding` count. */
  readonly headers: ReadonlyHeaders;
  /** The body's bytes. */
  bytes(this: FormBody): Uint8Array;
  /** Replaces the body. */
  setBody(this: FormBody, body: string | Uint8Array): void;
}

const formType = "application/x-www-form-urlencoded";

/** So many are none that people fill in, and going through them must not take long, whoever sent them. */
const mostFields = 10_000;

/** Whether the headers say that the content is a form whose fields `form` can read. `multipart/form-data` is none. */
export function isForm(headers: ReadonlyHeaders): boolean {
  return mediaTypeOf(headers) === formType;
}

/**
 * The form that a body is. Bodies of `multipart/form-data` cannot be read or edited.
 *
 * @example const fields = form(await request.intoBodyState());
 * @throws SluiceError `BODY_NOT_FORM` where the headers say that the body is something else, or coded (`content-encoding`), and for more
 *   than 10,000 fields. Where the filter does not catch it, a request is answered 400, a response 502; ask `isForm(request.headers)`
 *   before to answer otherwise
 */
export function form(body: FormBody): Form {
  const { headers } = body;
  if (!isForm(headers)) {
    const type = headers.get("content-type");
    throw notForm(
      body,
      `expected content-type: ${formType}, got ${type === null ? "none" : JSON.stringify(type.slice(0, 80))}`,
    );
  }
  const coding = headers.get("content-encoding");
  if (coding !== null && coding.toLowerCase() !== "identity") {
    throw notForm(body, `it is coded (content-encoding: ${coding.slice(0, 80)})`);
  }
  const fields = new FormFields(body);
  if (fields.toString().split("&", mostFields + 1).length > mostFields) {
    throw notForm(body, `expected at most ${mostFields} fields`);
  }
  return fields;
}

function notForm(body: FormBody, why: string): UnreadableBodyError {
  const of = bodyOf(body);
  const whose = of === undefined ? "body" : `${of}'s body`;
  return new UnreadableBodyError("BODY_NOT_FORM", of, `form(): the ${whose} is no form: ${why}.`);
}

class FormFields extends UrlEncodedList implements Form {
  private readonly body: FormBody;
  /** What `text` was made of. */
  private bytes: Uint8Array | undefined;
  private text = "";

  constructor(body: FormBody) {
    super();
    this.body = body;
  }

  protected override read(): string {
    const bytes = this.body.bytes();
    if (bytes !== this.bytes) {
      this.text = byteString(bytes);
      this.bytes = bytes;
    }
    return this.text;
  }

  protected override replace(text: string): void {
    this.body.setBody(isAscii(text) ? text : Uint8Array.from(text, (char) => char.charCodeAt(0)));
  }
}

function byteString(bytes: Uint8Array): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  // The engine's own is quick, and forms are ASCII unless somebody means ill.
  return isAscii(text) ? text : bytesToByteString(bytes);
}

function isAscii(text: string): boolean {
  return !/[\x80-\uffff]/.test(text);
}
