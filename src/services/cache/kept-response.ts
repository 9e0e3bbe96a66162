/** Responses that are kept, to be answered with again. */

import type { ReadonlyHeaders } from "../../policy/headers.js";
import { Response } from "../../policy/response.js";
import { isWithoutContent } from "../../policy/without-content.js";

/** A response whose body is there: what `intoHeadersBodyState()` and `intoBodyState()` give, or an upstream's. */
export interface WholeResponse {
  /** The status code. */
  readonly status: number;
  /** Its headers; those of framing are left out of the answer. */
  readonly headers: ReadonlyHeaders;
  /** The whole body. */
  bytes(): Uint8Array;
}

/**
 * A response as an answer, to be kept and given to any number of exchanges: status, headers and a copy of the body as they are now, without
 * trailers and without the fields of framing. Whether it may be kept and given to others (RFC 9111 section 3) is the policy's to know: `set-cookie`,
 * `cache-control`, `vary`, the caller's rights. What answers HEAD has no body that could be given to GET.
 *
 * @throws SluiceError `RESPONSE_STATUS` for a status that no answer has
 */
export function keptResponse(response: WholeResponse): Response {
  const answer = new Response(response.status);
  if (isWithoutContent(response.status)) {
    return answer.withHeaders([...response.headers].filter(([name]) => !name.startsWith("content-")));
  }
  const bytes = new Uint8Array(response.bytes());
  return (bytes.length === 0 ? answer : answer.withBody(bytes)).withHeaders(response.headers);
}
