/** Differences that docs/fidelity.md names. Each entry cites its row; what none of them explains is a fault. */
import type { Difference } from "./compare.js";
import type { Reference } from "./drive.js";
import type { Sight } from "./exchange.js";
import type { Plan } from "./plan.js";

/** What differs, and in which exchange. */
interface Case {
  differences: readonly Difference[];
  plan: Plan;
  reference: Reference;
  /** What came of it on the engine that is compared. */
  outcome: Sight;
}

interface Explanation {
  /** The beginning of a row of docs/fidelity.md. */
  row: string;
  /** The exchange is one that the row speaks of. */
  applies(found: Case, engine: string): boolean;
  /** The row says so of this difference. What the client or the upstream gets is never left to others than these. */
  explains(difference: Difference, found: Case): boolean;
}

/** Whichever way its filters are made of policies. */
const isEnvoy = (engine: string): boolean => engine.startsWith("envoy");
/** Where a chain is one. */
const isOneFilter = (engine: string): boolean => engine === "envoy-chains" || engine === "envoy-native";

export const explanations: readonly Explanation[] = [
  {
    row: "Upstream that has answered to its end while the request still comes",
    applies: (found, engine) =>
      (isEnvoy(engine) || found.plan.request.method === "HEAD") &&
      answeredBeforeRequestEnded(found) &&
      found.outcome.upstream[0]?.complete === false &&
      beginsAlike(found.reference.outcome.upstream[0]!.body, found.outcome.upstream[0].body),
    explains: ({ place, expected, got }, found) => {
      const [kind, who = ""] = place.split(".");
      switch (kind) {
        case "upstream":
          return (
            found.reference.outcome.upstream[0]!.complete &&
            /^upstream\.0\.(broken|complete|body|trailers)$/.test(place)
          );
        case "calls":
          return callsNoMore(found);
        case "client":
          return waitsAtGate(found) || decidedTooLate(found);
        case "codes":
          return String(expected) === "POLICY_FAILED" && got === undefined && threwLater(`${who}q`, found);
        case "lines":
          return who.endsWith("d")
            ? sameStatus(expected, got) || (got === undefined && waitsAtGate(found))
            : hasHeardLess(who, found) || (who.endsWith("s") && (differsInEnds(who, found) || waitsAtGate(found)));
        default:
          return false;
      }
    },
  },
  {
    row: "Head that a policy lets go behind policies that keep bytes",
    applies: (found, engine) => isEnvoy(engine) && withoutPartialRequest(found) > 1,
    explains: ({ place, expected, got }, found) => {
      const by = withoutPartialRequest(found);
      const [kind, who = "", name] = place.split(".");
      switch (kind) {
        case "codes":
          return Number(who) === by;
        case "lines":
          return (
            Number.parseInt(who, 10) > by &&
            got === undefined &&
            (found.reference.outcome.lines[`${who[0]}q`] ?? []).includes("aborted peer-replied") &&
            Array.isArray(expected)
          );
        case "client":
          return who === "headers" && found.plan.programs.slice(by).some(({ response }) => edits(response, name!));
        default:
          return false;
      }
    },
  },
  {
    row: "Head that a policy lets go behind policies that keep bytes",
    applies: (found, engine) => isEnvoy(engine) && headWaits(found),
    explains: ({ place, got }, found) => {
      const [kind, who = ""] = place.split(".");
      switch (kind) {
        case "client":
          return true;
        case "calls":
          return callsNoMore(found);
        case "upstream":
          return got === undefined || beginsLike(found);
        case "lines":
          return who.endsWith("q")
            ? hasHeardLess(who, found) || hasHeardMore(who, found)
            : got === undefined || isDecided(found.outcome);
        case "codes":
          return got === undefined || (got === "PARTIAL_REQUEST" && isDecided(found.outcome));
        default:
          return got === undefined;
      }
    },
  },
  {
    row: "Head that a policy lets go behind policies that keep bytes",
    applies: (found, engine) => isEnvoy(engine) && failsBeforeHead(found),
    explains: ({ place }) => /^(client\.|lines\.\dd)/.test(place),
  },
  {
    row: "Answer to HEAD that takes the place of another policy's answer",
    applies: ({ plan }, engine) => isOneFilter(engine) && plan.request.method === "HEAD",
    explains: ({ place, got }) => place === "client.headers.content-length" && got === undefined,
  },
  {
    row: "Body that came while a policy awaited something else, with trailers behind it",
    applies: (found, engine) => isOneFilter(engine) && refusedForTrailers(found) !== undefined,
    explains: ({ place, got }, found) => {
      const refused = refusedForTrailers(found)!;
      const [kind, who = ""] = place.split(".");
      const position = Number.parseInt(who, 10);
      const [request] = found.outcome.upstream;
      switch (kind) {
        case "client":
          return found.outcome.client.status === 500 || found.outcome.client.end !== "complete";
        case "upstream":
          return got === undefined || request?.complete === false;
        case "codes":
          return position === refused.position || got === undefined;
        case "lines":
          // Those that the failure reaches hear of a 500 in the place of the response.
          return (
            who.endsWith("d") ||
            (who.endsWith("s") && (refused.phase === "q" || position <= refused.position)) ||
            hasHeardLess(who, found) ||
            hasHeardMore(who, found)
          );
        default:
          return got === undefined;
      }
    },
  },
  {
    row: "Promise jobs run",
    applies: (found, engine) => engine !== "gateway" && onlyOthersDiffer(found) && replacesInJobs(found) > 0,
    explains: ({ place }, found) => {
      const [kind, who = ""] = place.split(".");
      return (
        kind === "lines" &&
        Number.parseInt(who, 10) === replacesInJobs(found) &&
        (who.endsWith("d") ? sameStatus(...bothOf(who, found)) : hasHeardMore(who, found))
      );
    },
  },
  {
    row: "Promise jobs run",
    applies: (found, engine) => engine !== "gateway" && onlyOthersDiffer(found) && decidesInJobs(found) > 0,
    explains: ({ place, got }, found) => {
      const [kind, who = ""] = place.split(".");
      const position = Number.parseInt(who, 10);
      const replied = found.outcome.lines[`${position}q`]?.includes("aborted peer-replied") === true;
      return (
        replied &&
        position < decidesInJobs(found) &&
        (kind === "codes"
          ? got === undefined
          : who.endsWith("q")
            ? hasHeardLess(who, found)
            : who.endsWith("s")
              ? differsInEnds(who, found)
              : sameStatus(...bothOf(who, found)))
      );
    },
  },
  {
    row: "Response filters before one that fails on the answer of a policy",
    applies: (found, engine) => isEnvoy(engine) && failsOnAnswer(found),
    explains: hearsOfFailedAnswer,
  },
  {
    row: "Promise jobs run",
    applies: (found, engine) => engine === "module" && failsOnAnswer(found),
    explains: hearsOfFailedAnswer,
  },
  {
    row: "Output of a `transform` after the last chunk of a message with trailers",
    applies: (found, engine) => isEnvoy(engine) && lateOutput(found) > 0,
    explains: ({ place }, found) => {
      const [kind, who = ""] = place.split(".");
      return kind === "client" || (kind === "codes" ? Number(who) === lateOutput(found) : kind === "lines");
    },
  },
];

/** A response filter failed on the answer of a policy, and only those before it were told of more or less of it. */
function failsOnAnswer(found: Case): boolean {
  const { client } = found.reference.outcome;
  const answered = found.reference.events.some(({ event }) => event === "upstream head");
  return (client.status === 500 || client.end !== "complete") && !answered && onlyOthersDiffer(found);
}

function hearsOfFailedAnswer({ place }: Difference, found: Case): boolean {
  const [kind, who = ""] = place.split(".");
  const told = found.reference.outcome.lines[`${who[0]}d`] ?? [];
  return (
    kind === "lines" &&
    told.some((line) => /client-gone$| failed failed$/.test(line)) &&
    (who.endsWith("s") ? hasHeardMore(who, found) : who.endsWith("d") && sameStatus(...bothOf(who, found)))
  );
}

/** A filter that had let the response's head go failed while another one behind it kept the rest; in the reference the client had the head. */
function failsBeforeHead({ plan, reference, outcome }: Case): boolean {
  const failed = plan.programs.findIndex(
    (_, index) =>
      outcome.lines[`${index + 1}d`]?.some((line) => line === "500 failed failed") === true &&
      String(outcome.codes[index + 1]) === String(reference.outcome.codes[index + 1]),
  );
  const { end, status } = outcome.client;
  return (
    reference.outcome.client.end === "broken" &&
    end === "complete" &&
    status === 500 &&
    failed >= 0 &&
    plan.programs
      .slice(failed + 1)
      .some(({ response }) => response.some(([step]) => step === "body" || step === "stream"))
  );
}

/** The position of the policy whose transform of a response was refused in the reference only, behind one that gathers it; 0 for none. */
function lateOutput({ plan, reference, outcome }: Case): number {
  const position = plan.programs.findIndex(
    ({ response }, index) =>
      response.some(([operation, how]) => operation === "transform" && String(how).startsWith("wrap ")) &&
      reference.outcome.lines[`${index + 1}s`]?.includes("transformed") === true &&
      reference.outcome.codes[index + 1]?.includes("POLICY_FAILED") === true &&
      outcome.codes[index + 1] === undefined,
  );
  const gathers = plan.programs
    .slice(position + 1)
    .some(({ response }) => response.some(([operation]) => operation === "body" || operation === "headers-body"));
  const { end, trailers } = outcome.client;
  return position >= 0 && gathers && end === "complete" && trailers.length > 0 ? position + 1 : 0;
}

function answeredBeforeRequestEnded({ plan, reference }: Case): boolean {
  const last = reference.events.findLast(({ event }) => event.startsWith("upstream "));
  return plan.reply.early && last?.event !== "upstream break" && last?.before.upstream[0]?.complete === false;
}

/** The reference broke off a response that a filter holds here, until somebody opens a gate. */
function waitsAtGate({ reference, outcome }: Case): boolean {
  return (
    ["broken", "none"].includes(reference.outcome.client.end) &&
    outcome.client.end === "open" &&
    Object.entries(outcome.lines).some(([who, lines]) => who.endsWith("s") && lines.at(-1)!.startsWith("at gate "))
  );
}

/** The position of the policy whose answer left a part of a request behind in the reference only; 0 for none. */
function withoutPartialRequest({ plan, reference, outcome }: Case): number {
  const position = plan.programs.findIndex((_, index) => {
    const [expected, got] = [reference.outcome.codes[index + 1] ?? [], outcome.codes[index + 1] ?? []];
    return (
      expected.includes("PARTIAL_REQUEST") &&
      String(expected.filter((code) => code !== "PARTIAL_REQUEST")) === String(got)
    );
  });
  const keeps = plan.programs
    .slice(0, Math.max(0, position))
    .some(({ request }) => request.some(([operation]) => operation === "body" || operation === "stream"));
  return keeps ? position + 1 : 0;
}

/** A policy broke the response off in the reference, by an answer to a request of which no filter hears any more here. */
function decidedTooLate({ reference, outcome }: Case): boolean {
  return (
    ["broken", "none"].includes(reference.outcome.client.end) &&
    outcome.client.end === "complete" &&
    isDecided(reference.outcome)
  );
}

/** In the reference a filter threw at something that it does not come to here. */
function threwLater(who: string, found: Case): boolean {
  const [expected, got] = bothOf(who, found).map((lines) => lines.some((line) => line.startsWith("caught ")));
  return expected === true && got === false && hasHeardLess(who, found);
}

/**
 * The upstream, which answers an incomplete request in the reference, has not got it while filters were at work on it, and so not answered;
 * a filter may have.
 */
function headWaits({ reference, outcome }: Case): boolean {
  const answered = reference.events.find(({ event }) => event === "upstream head");
  if (answered?.before.upstream[0]?.complete !== false || reference.outcome.upstream.length === 0) {
    return false;
  }
  const [request] = outcome.upstream;
  const waits = outcome.client.end === "open" && outcome.client.status === 0;
  return request === undefined
    ? isDecided(outcome) ||
        (waits && Object.entries(outcome.lines).some(([who, lines]) => who.endsWith("q") && !lines.includes("over")))
    : waits && request.complete;
}

/** A policy has answered the request. */
function isDecided({ lines }: Sight): boolean {
  return Object.entries(lines).some(([who, [line]]) => who.endsWith("d") && / break $/.test(line!));
}

function callsNoMore({ reference, outcome }: Case): boolean {
  return outcome.calls.every((path) => reference.outcome.calls.includes(path));
}

/** What came to the upstream here begins as it does in the reference. */
function beginsLike({ reference, outcome }: Case): boolean {
  const [expected, got] = [reference.outcome.upstream[0], outcome.upstream[0]];
  return expected !== undefined && got !== undefined && beginsAlike(expected.body, got.body);
}

/** The policy that failed here alone and did not throw, as it put something in the place of a body with trailers. */
function refusedForTrailers({ plan, reference, outcome }: Case): { position: number; phase: "q" | "s" } | undefined {
  for (const [index, { request, response }] of plan.programs.entries()) {
    const position = index + 1;
    const [phase, steps, { trailers }] =
      outcome.lines[`${position}s`]?.[0]?.startsWith("begins cancel failed") === true
        ? (["q", request, plan.request.body] as const)
        : (["s", response, plan.reply.body] as const);
    if (
      trailers &&
      outcome.codes[position]?.includes("POLICY_FAILED") === true &&
      reference.outcome.codes[position]?.includes("POLICY_FAILED") !== true &&
      outcome.lines[`${position}${phase}`]?.some((line) => line.startsWith("caught ")) !== true &&
      steps.some(([operation]) => operation === "transform" || operation === "set-body")
    ) {
      return { position, phase };
    }
  }
  return undefined;
}

/** The position of the last policy whose transform of a response reads nothing of it, where one ahead of it fails on that; 0 for none. */
function replacesInJobs({ plan, reference }: Case): number {
  return (
    plan.programs.findLastIndex(
      ({ response }, index) =>
        response.some(([operation, how]) => operation === "transform" && String(how).startsWith("replace ")) &&
        reference.outcome.lines[`${index + 1}d`]?.some((line) => line.endsWith("client-gone")) === true,
    ) + 1
  );
}

/** The position of the last policy that answers after a transform, whose steps are promise jobs; 0 for none. */
function decidesInJobs({ plan, reference }: Case): number {
  return (
    plan.programs.findLastIndex(
      ({ request }, index) =>
        request.some(([operation]) => operation === "transform") &&
        reference.outcome.lines[`${index + 1}d`]?.some((line) => / break $/.test(line)),
    ) + 1
  );
}

/** Client, upstream and services got the same, and so did all that one of the policies was told. */
function onlyOthersDiffer({ differences, plan }: Case): boolean {
  const positions = differences.map(({ place }) => Number(/^(?:lines|codes)\.(\d)/.exec(place)?.[1]));
  return !positions.some(Number.isNaN) && new Set(positions).size < plan.programs.length;
}

function edits(steps: Plan["programs"][number]["response"], header: string): boolean {
  return steps.some(([operation, name]) => ["set", "append", "delete"].includes(operation) && name === header);
}

function bothOf(who: string, { reference, outcome }: Case): [expected: string[], got: string[]] {
  return [[...(reference.outcome.lines[who] ?? [])], [...(outcome.lines[who] ?? [])]];
}

/** What a filter says when it is ended, and what becomes of calls and gates that it waited for. */
const ends = /^(aborted .*|over|away from gate .*|called .*)$/;

/** What it has told of the message, without how it ended and what its request filter had come to. */
function heard(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !ends.test(line))
    .map((line) => line.replace(/^begins (continue|break|cancel|pending) \S* /, ""));
}

function hasHeardLess(who: string, found: Case): boolean {
  const [expected, got] = bothOf(who, found);
  return startsLike(heard(expected), heard(got));
}

function hasHeardMore(who: string, found: Case): boolean {
  const [expected, got] = bothOf(who, found);
  return startsLike(heard(got), heard(expected));
}

function differsInEnds(who: string, found: Case): boolean {
  const [expected, got] = bothOf(who, found);
  return String(heard(expected)) === String(heard(got));
}

function startsLike(list: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((line, index) => list[index] === line);
}

function beginsAlike(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

function sameStatus(expected: unknown, got: unknown): boolean {
  return String(expected).split(" ")[0] === String(got).split(" ")[0];
}

/** The row that explains it; undefined for a fault. */
export function explanationOf(engine: string, difference: Difference, found: Case): string | undefined {
  return explanations.find((each) => each.applies(found, engine) && each.explains(difference, found))?.row;
}
