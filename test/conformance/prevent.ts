/** What a case expects when the engine holds the head until a filter lets go of it. */
import type { CaseFile, Expectations } from "../../src/cases/runner/case-file.js";
import type { HeaderMatchers } from "../../src/cases/runner/value-matcher.js";

/** A filter behind one that holds may not have started when that one answers, so it may not have been cancelled either. */
const cancelled = "cancelled";

export function underPrevent(file: CaseFile, expect: Expectations): Expectations {
  const streams = file.needs.includes("stream");
  return {
    ...expect,
    ...(expect.headers === undefined ? {} : { headers: withoutCancelled(expect.headers) }),
    upstream: isBeginning(expect.upstream) && !streams ? "not-reached" : expect.upstream,
  };
}

function isBeginning(upstream: Expectations["upstream"]): boolean {
  return upstream === "not-completed" || (typeof upstream === "object" && "beginning" in upstream);
}

function withoutCancelled(headers: HeaderMatchers): HeaderMatchers {
  const relaxed = { one_of: [cancelled, { absent: true }] } as const;
  return Object.fromEntries(
    Object.entries(headers).map(([name, matcher]) => [name, matcher === cancelled ? relaxed : matcher]),
  );
}
