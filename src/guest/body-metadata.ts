/**
 * What a head says of a body, where the body is replaced: codings (RFC 9110 section 8.4), validators (8.8.3), ranges (14.4) and
 * digests (RFC 9530). What a filter has edited itself is left as it says.
 */
import { EditKind } from "../abi/header-edits.js";
import { firstValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { MessageHead } from "./message-head.js";

const digests: readonly string[] = ["content-md5", "content-digest", "repr-digest", "digest"];

/** A message whose body is replaced. */
export interface DescribingMessage {
  readonly isResponse: boolean;
  readonly headOut: boolean;
  headerList(): HeaderList;
  ofHead(): MessageHead;
}

/**
 * Makes the head say nothing of the old body.
 * @throws SluiceError `BODY_METADATA` where the kit cannot know, or no longer change, what it has to say
 */
export function describeReplacement(message: DescribingMessage, call: string, isText: boolean): void {
  const list = message.headerList();
  const says = (name: string): string | undefined =>
    message.ofHead().isEdited(name) ? undefined : firstValue(list, name);
  const coding = says("content-encoding");
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    if (!isText) {
      throw contradicted(
        message,
        call,
        `content-encoding: ${coding}; set or delete it, so that it says what the bytes are`,
      );
    }
    refuseWhereOut(message, call, "content-encoding");
    message.ofHead().record(EditKind.Delete, "content-encoding", "");
  }
  if (
    message.isResponse
      ? firstValue(list, ":status") === "206" && !message.ofHead().isEdited(":status")
      : has(list, "content-range")
  ) {
    if (!message.ofHead().isEdited("content-range")) {
      throw contradicted(message, call, "a part of a body (content-range); delete range and if-range from the request");
    }
  }
  describeStream(message, call);
}

/** The same where the body is replaced chunk by chunk, its coding and its length in bytes left to the filter. */
export function describeStream(message: DescribingMessage, call: string): void {
  const list = message.headerList();
  for (const name of digests) {
    if (has(list, name) && !message.ofHead().isEdited(name)) {
      refuseWhereOut(message, call, name);
      message.ofHead().record(EditKind.Delete, name, "");
    }
  }
  const etag =
    message.isResponse && !message.headOut && !message.ofHead().isEdited("etag") ? firstValue(list, "etag") : undefined;
  if (etag?.startsWith('"') === true) {
    // Caches can go on asking by it; ranges of the old body and the new one are not put together.
    message.ofHead().record(EditKind.Set, "etag", `W/${etag}`);
  }
}

function has(list: HeaderList, name: string): boolean {
  return firstValue(list, name) !== undefined;
}

function refuseWhereOut(message: DescribingMessage, call: string, name: string): void {
  if (message.headOut) {
    throw contradicted(message, call, `${name}, and has gone on; hold it by intoHeadersBodyState()`);
  }
}

function contradicted({ isResponse }: DescribingMessage, call: string, what: string): SluiceError {
  return new SluiceError("BODY_METADATA", `${call}: the ${isResponse ? "response" : "request"}'s head has ${what}.`);
}
