/**
 * Base64 of the language after ES2023 (ECMAScript, section 23.3), which every engine of policies has. Node's world has them declared, too, since
 * services are checked there as well.
 * A script, not a module: what it declares is global.
 */

interface Base64Alphabet {
  /** Default `"base64"` (RFC 4648, section 4); `"base64url"` is that of section 5. */
  alphabet?: "base64" | "base64url" | undefined;
}

interface Uint8Array<TArrayBuffer extends ArrayBufferLike> {
  /** The bytes in Base64, with padding unless `omitPadding`. */
  toBase64(options?: Base64Alphabet & { omitPadding?: boolean | undefined }): string;
}

interface Uint8ArrayConstructor {
  /**
   * The bytes of a text in Base64, without regard to ASCII's white space; a SyntaxError where it is none. `"loose"`, the default, lets
   * the padding be left out, `"strict"` takes what RFC 4648 has alone, `"stop-before-partial"` leaves out a last chunk that is not whole.
   */
  fromBase64(
    text: string,
    options?: Base64Alphabet & { lastChunkHandling?: "loose" | "strict" | "stop-before-partial" | undefined },
  ): Uint8Array<ArrayBuffer>;
}
