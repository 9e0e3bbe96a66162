/**
 * What a head says of a body, where the body is replaced: codings (RFC 9110 section 8.4), validators (8.8.3), ranges (14.4) and
 * digests (RFC 9530). What a filter has edited itself is left as it says.
 */
import { EditKind } from "../abi/header-edits.js";
import { firstValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";

const digests: readonly string[] = ["content-md5", "content-digest", "repr-digest", "digest"];

/** The head of a message whose body is replaced. */
export interface DescribingHead {
  readonly isResponse: boolean;
  readonly headOut: boolean;
  headerList(): HeaderList;
  /** The filter has changed this header itself. */
  isEdited(name: string): boolean;
  record(kind: EditKind, name: string, value: string): void;
}

/**
 * Makes the head say nothing of the old body.
 * @throws SluiceError `BODY_METADATA` where the kit cannot know, or no longer change, what it has to say
 */
export function describeReplacement(head: DescribingHead, call: string, isText: boolean): void {
  const list = head.headerList();
  const says = (name: string): string | undefined => (head.isEdited(name) ? undefined : firstValue(list, name));
  const coding = says("content-encoding");
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    if (!isText) {
      throw contradicted(
        head,
        call,
        `content-encoding: ${coding}; set or delete it, so that it says what the bytes are`,
      );
    }
    refuseWhereOut(head, call, "content-encoding");
    head.record(EditKind.Delete, "content-encoding", "");
  }
  if (
    head.isResponse ? firstValue(list, ":status") === "206" && !head.isEdited(":status") : has(list, "content-range")
  ) {
    if (!head.isEdited("content-range")) {
      throw contradicted(head, call, "a part of a body (content-range); delete range and if-range from the request");
    }
  }
  describeStream(head, call);
}

/** The same where the body is replaced chunk by chunk, its coding and its length in bytes left to the filter. */
export function describeStream(head: DescribingHead, call: string): void {
  const list = head.headerList();
  for (const name of digests) {
    if (has(list, name) && !head.isEdited(name)) {
      refuseWhereOut(head, call, name);
      head.record(EditKind.Delete, name, "");
    }
  }
  const etag = head.isResponse && !head.headOut && !head.isEdited("etag") ? firstValue(list, "etag") : undefined;
  if (etag?.startsWith('"') === true) {
    // Caches can go on asking by it; ranges of the old body and the new one are not put together.
    head.record(EditKind.Set, "etag", `W/${etag}`);
  }
}

function has(list: HeaderList, name: string): boolean {
  return firstValue(list, name) !== undefined;
}

function refuseWhereOut(head: DescribingHead, call: string, name: string): void {
  if (head.headOut) {
    throw contradicted(head, call, `${name}, and has gone on; hold it by intoHeadersBodyState()`);
  }
}

function contradicted({ isResponse }: DescribingHead, call: string, what: string): SluiceError {
  return new SluiceError("BODY_METADATA", `${call}: the ${isResponse ? "response" : "request"}'s head has ${what}.`);
}
