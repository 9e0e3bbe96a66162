/** Differences that docs/fidelity.md names. Each entry cites its row; what none of them explains is a fault. */
import type { Difference } from "./compare.js";
import type { Reference } from "./drive.js";
import type { Plan } from "./plan.js";

/** What differs, and in which exchange. */
interface Case {
  differences: readonly Difference[];
  plan: Plan;
  reference: Reference;
}

interface Explanation {
  /** The beginning of a row of docs/fidelity.md. */
  row: string;
  explains(difference: Difference, found: Case, engine: string): boolean;
}

export const explanations: readonly Explanation[] = [
  {
    row: "Upstream that has answered to its end while the request still comes",
    explains: ({ place }, found, engine) =>
      (engine === "envoy" || found.plan.request.method === "HEAD") &&
      answeredBeforeRequestEnded(found) &&
      // What waits in vain for the request keeps the response open; a response that is there is the same.
      (!place.startsWith("client") || found.differences.some((each) => each.place === "client.end")),
  },
  {
    row: "Head of a message that a policy lets go while its body comes",
    explains: ({ place, expected, got }, { differences }, engine) =>
      engine !== "gateway" &&
      differences.some(isOfHeads) &&
      (isOfHeads({ place, expected, got }) ||
        place.startsWith("codes.") ||
        // Later policies have seen the exchange or not, and edited the response.
        (/^lines\.\d\w$/.test(place) && (expected === undefined || got === undefined)) ||
        (place.startsWith("client.headers.") && differences.some((each) => /^lines\.\ds$/.test(each.place)))),
  },
  {
    row: "Head of a message that a policy lets go while its body comes",
    explains: ({ place }, { differences, plan, reference }, engine) =>
      engine === "envoy" &&
      plan.reply.fails === "within" &&
      plan.programs.some(({ response }) => response.some(([operation]) => operation === "transform")) &&
      reference.outcome.client.status === 502 &&
      differences.some((each) => each.place === "client.end" && each.got === "broken") &&
      (place.startsWith("client.") || /^lines\.\dd\b/.test(place)),
  },
  {
    row: "How far the filters of other policies have come when one of them ends the exchange",
    explains: ({ place }, { differences }, engine) =>
      engine !== "gateway" &&
      place.startsWith("lines.") &&
      differences.every((each) => each.place.startsWith("lines.")) &&
      differences.some(({ expected, got }) =>
        [expected, got].some((line) => /\b(peer-replied|client-gone)$/.test(String(line))),
      ),
  },
];

function answeredBeforeRequestEnded({ plan, reference }: Case): boolean {
  const last = reference.events.findLast(({ event }) => event.startsWith("upstream "));
  return plan.reply.early && plan.reply.fails === "never" && last?.before.upstream[0]?.complete === false;
}

/** Whether the upstream, or the next policy, has seen the head of a request that then came to nothing. */
function isOfHeads({ place, expected, got }: Difference): boolean {
  const both = [expected, got];
  if (place === "upstream.0") {
    return both.some((seen) => (seen as { complete?: boolean } | undefined)?.complete === false);
  }
  return place.startsWith("codes.")
    ? both.some((codes) => String(codes) === "PARTIAL_REQUEST")
    : /^lines\.\dq$/.test(place) &&
        both.some((lines) => Array.isArray(lines) && lines.includes("aborted peer-replied"));
}

/** The row that explains it; undefined for a fault. */
export function explanationOf(engine: string, difference: Difference, found: Case): string | undefined {
  return explanations.find(({ explains }) => explains(difference, found, engine))?.row;
}
