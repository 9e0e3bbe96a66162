/** How a policy of the catalogue answers those whom it refuses: the keys, and the answer made of them. */
import { isFramingField, Response } from "sluice";
import * as v from "valibot";

/** What a field of a header may hold (RFC 9110 section 5.5), without the space around it. */
export const headerValue = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/, "expected the value of a header"),
);

/** What a field may be called (RFC 9110 section 5.1). */
export const headerName = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, "expected the name of a header, such as x-api-version"),
);

/** The name of a header that a policy may set, or remove. */
export const editableHeaderName = v.pipe(
  headerName,
  v.check(
    (name) => !isFramingField(name),
    "expected a header that is not the gateway's own, as those of framing and routing are",
  ),
);

/** The keys of a refusal. Spread them into the policy's own. */
export function refusalEntries(status: number, body: string) {
  return {
    status: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(400),
        v.maxValue(599),
        v.description("Status of the answer to a request that is refused."),
      ),
      status,
    ),
    body: v.optional(v.pipe(v.string(), v.description("Body of that answer; may be empty.")), body),
    contentType: v.optional(
      v.pipe(headerValue, v.description("Its `content-type`, where it has a body.")),
      "text/plain;charset=UTF-8",
    ),
  };
}

/** The answer that these keys describe. */
export function refusalOf({ status, body, contentType }: Refusal): Response {
  return body === ""
    ? new Response(null, { status })
    : new Response(body, { status, headers: { "content-type": contentType } });
}

interface Refusal {
  status: number;
  body: string;
  contentType: string;
}
