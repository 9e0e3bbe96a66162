/** Lets requests pass that carry certain headers, and refuses all others. */
import { definePolicy, type ReadonlyHeaders } from "sluice";
import { parsed } from "sluice/config";
import { reportViolation } from "sluice/violations";
import * as v from "valibot";
import { described } from "../shared/described.js";
import { headerName, refusalEntries, refusalOf } from "../shared/refusal.js";

const requirement = v.pipe(
  v.strictObject({
    name: v.pipe(headerName, v.description("Name of the header, in any case.")),
    exact: v.optional(v.pipe(v.string(), v.description("The value that it must have, byte for byte."))),
    prefix: v.optional(v.pipe(v.string(), v.minLength(1), v.description("What its value must begin with."))),
    regex: v.optional(
      v.pipe(
        v.string(),
        v.description("A regular expression of JavaScript that must match the whole value."),
        parsed(wholeValue),
      ),
    ),
  }),
  v.check(
    ({ exact, prefix, regex }) => [exact, prefix, regex].filter((each) => each !== undefined).length <= 1,
    "expected one of exact, prefix and regex, or none",
  ),
);

export default definePolicy({
  config: described(
    v.strictObject({
      headers: v.pipe(
        v.array(requirement),
        v.minLength(1, "expected at least one header"),
        v.description(
          "The headers, all of which a request must have. Without `exact`, `prefix` and `regex` any value will do, the empty one too.",
        ),
      ),
      ...refusalEntries(400, "A header that is required is missing, or has a value that is not accepted.\n"),
    }),
    "Refuses requests that lack a header, or have another value of it than is wanted.",
    { headers: [{ name: "x-tenant" }, { name: "x-api-version", prefix: "2." }] },
  ),

  configure({ config }) {
    return { refusal: refusalOf(config), conditions: config.headers.map(conditionOf) };
  },

  onRequest({ headers }, context) {
    const { conditions, refusal } = context.resources;
    const failed = conditions.find((condition) => !holds(condition, headers));
    if (failed !== undefined) {
      context.logger.info("refused", { header: failed.name, present: headers.has(failed.name) });
      reportViolation(context);
      return refusal;
    }
  },
});

interface Condition {
  readonly name: string;
  /** Undefined where any value will do. */
  readonly accepts: ((value: string) => boolean) | undefined;
}

function conditionOf({ name, exact, prefix, regex }: v.InferOutput<typeof requirement>): Condition {
  if (exact !== undefined) {
    return { name, accepts: (value) => value === exact };
  }
  if (prefix !== undefined) {
    return { name, accepts: (value) => value.startsWith(prefix) };
  }
  if (regex !== undefined) {
    return { name, accepts: (value) => regex.test(value) };
  }
  return { name, accepts: undefined };
}

/** Each line of a repeated header has to be right: the upstream may look at any of them. */
function holds({ name, accepts }: Condition, headers: ReadonlyHeaders): boolean {
  return headers.has(name) && (accepts === undefined || headers.getAll(name).every(accepts));
}

function wholeValue(regex: string): RegExp {
  try {
    new RegExp(regex); // alone: `a)|(b` is none, though it is one in a group
    return new RegExp(`^(?:${regex})$`);
  } catch {
    throw new Error("expected a regular expression of JavaScript");
  }
}
