/** A gathered body: read as bytes, text or JSON, and replaced. */
import { parseJson } from "./json-body.js";
import type { Message } from "./message.js";

/** The type itself where it is one of bodies; else what the compiler is to say. */
type TextOrBytes<Body> = Body extends string | Uint8Array
  ? Body
  : "setBody takes a string or a Uint8Array: for JSON write setBody(JSON.stringify(value))";

/** The whole body of a message. */
export abstract class BodyAccess {
  protected readonly message: Message;

  constructor(message: Message) {
    this.message = message;
  }

  /** Whether the message has a body at all; where it has none, `bytes()` is empty. */
  get containsBody(): boolean {
    return this.message.containsBody;
  }

  /** The body's bytes, or what `setBody` made of them. Do not write into them. */
  bytes(): Uint8Array {
    return this.message.body();
  }

  /** The body as UTF-8 text; bytes that are not UTF-8 become U+FFFD. */
  text(): string {
    return new TextDecoder().decode(this.message.body());
  }

  /**
   * The body parsed as JSON. The type is the caller's claim: validate what you rely on.
   * @throws SluiceError `BODY_NOT_JSON`; where the filter does not catch it, a request is answered 400, a response 502
   */
  json<T = unknown>(): T {
    const { message } = this;
    return parseJson(message.body(), message.bodyOf, () => message.headerList()) as T;
  }

  /**
   * Replaces the body. `content-length` follows by itself, text is never coded (`content-encoding`), and digests of the old body are
   * removed. The body may be twice as large as the route's `limits.body`, 1 MiB in any case. On a response that never has content, an
   * answer to HEAD or one with status 204, 205 or 304, it is dropped.
   * @throws SluiceError `NO_BODY` where the message came without one, `BODY_METADATA` where its head would contradict the new one,
   *   `RESPONSE_BODY` for what is neither text nor bytes, `SET_BODY_TOO_LARGE`, `BODY_NOT_EDITABLE`, `STATE_CONSUMED` when the
   *   filter has ended or answered, `EXCHANGE_OVER`
   */
  setBody<Body>(body: TextOrBytes<Body>): void {
    this.message.setBody("setBody()", body);
  }
}

/** Whose body it is; undefined for what is none of the kit's. */
export function bodyOf(body: object): Message["bodyOf"] | undefined {
  return body instanceof BodyAccess ? (body as unknown as { readonly message: Message }).message.bodyOf : undefined;
}
