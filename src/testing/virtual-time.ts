/** The globals of a policy that tell the time, on a test's clock. */
import type { Clock } from "../host/clock.js";

/** `Date` and `performance`, to be put in place of Node's for a policy that runs in this process. */
export function virtualTime(clock: Clock): Record<string, unknown> {
  return { Date: dateOn(clock), performance: performanceOn(clock) };
}

function dateOn(clock: Clock): DateConstructor {
  const date: DateConstructor = new Proxy(Date, {
    construct: (target, args, newTarget) =>
      Reflect.construct(
        target,
        args.length === 0 ? [clock.now()] : args,
        newTarget === date ? target : newTarget,
      ) as Date,
    apply: (target) => new target(clock.now()).toString(),
    get: (target, key) => (key === "now" ? () => clock.now() : (Reflect.get(target, key) as unknown)),
  });
  return date;
}

function performanceOn(clock: Clock): Pick<typeof performance, "now" | "timeOrigin"> {
  const timeOrigin = clock.now();
  return { timeOrigin, now: () => clock.now() - timeOrigin };
}
