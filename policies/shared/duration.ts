/** How long something takes, as configurations write it: a time with its unit. */
import type { Duration } from "sluice/service";
import * as v from "valibot";

/** A time that has a default; 0 is none. */
export const timeAboveZero = (description: string, value: Duration & string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(?=.*[1-9])\d+(\.\d+)?(ms|s|m|h|d)$/, "expected a time above 0 with its unit, such as 30s or 1h"),
      v.description(description),
    ),
    value,
  );

/** A time that has a default, and may be 0. */
export const time = (description: string, value: Duration & string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, "expected a time with its unit, such as 0s, 30s or 1h"),
      v.description(description),
    ),
    value,
  );

/** What these have found in order, for services. */
export function durationOf(text: string): Duration {
  return text as Duration;
}
