/** Differences that docs/fidelity.md names. Each entry cites its row; what none of them explains is a fault. */
import type { Difference } from "./compare.js";
import type { Plan } from "./plan.js";

interface Explanation {
  /** The beginning of a row of docs/fidelity.md. */
  row: string;
  engines: readonly string[];
  explains(difference: Difference, plan: Plan): boolean;
}

const explanations: readonly Explanation[] = [
  {
    row: "PENDING: the content-type of an answer of a policy's own",
    engines: ["envoy"],
    explains: ({ place, expected, got }) =>
      place === "client.headers.content-type" &&
      /^text\/plain(,|$)/.test(String(got)) &&
      `text/plain, ${String(expected)}` !== "",
  },
  {
    row: "PENDING: the content-length of an answer that has no body, as response filters see it",
    engines: ["envoy"],
    explains: ({ place, expected, got }) =>
      place.startsWith("lines.") && String(expected).replace(" length=0 ", " length=null ") === got,
  },
];

/** The row that explains it; undefined for a fault. */
export function explanationOf(engine: string, difference: Difference, plan: Plan): string | undefined {
  return explanations.find(({ engines, explains }) => engines.includes(engine) && explains(difference, plan))?.row;
}
