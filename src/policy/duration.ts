/** How policies and their configurations write how long something takes. */

/** Milliseconds, or a number with its unit, as gateway files have it: `250`, `"250ms"`, `"1.5s"`, `"15m"`, `"2h"`, `"30d"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What messages say is expected. */
export const durationExpected = 'milliseconds, or a text such as "250ms", "15s", "2h",';

/** Milliseconds; NaN for what is no duration, so that whatever range is asked for does not have it. */
export function millisecondsOf(duration: unknown): number {
  if (typeof duration === "number") {
    return duration;
  }
  const [, quantity, unit = ""] =
    (typeof duration === "string" ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) : null) ?? [];
  return Math.round(Number(quantity) * (units[unit] ?? Number.NaN));
}
