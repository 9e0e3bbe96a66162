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
          return waitsAtGate(found) || decidedTooLate(found) || decidesNoMore(found);
        case "codes":
          return (
            got === undefined &&
            ((String(expected) === "POLICY_FAILED" && threwLater(`${who}q`, found)) ||
              (String(expected) === "PARTIAL_REQUEST" && decidesNoMore(found, Number(who))))
          );
        case "lines":
          return who.endsWith("d")
            ? sameStatus(expected, got) || (got === undefined && waitsAtGate(found)) || decidesNoMore(found)
            : hasHeardLess(who, found) ||
                (who.endsWith("s") &&
                  (differsInEnds(who, found) ||
                    waitsAtGate(found) ||
                    (decidesNoMore(found) && hasHeardUntilEnded(who, found))));
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
    applies: (found, engine) => isEnvoy(engine) && headWaits(found, engine),
    explains: ({ place, expected, got }, found) => {
      const [kind, who = ""] = place.split(".");
      switch (kind) {
        case "client":
          return true;
        case "calls":
          return callsOnlyMoreOf("request", found);
        case "upstream":
          return got === undefined || beginsLike(found);
        case "lines":
          return who.endsWith("q") ? hasHeardUntilEnded(who, found) : got === undefined && Array.isArray(expected);
        default:
          return codesOnlyLack(who, found);
      }
    },
  },
  {
    row: "Head that a policy lets go behind policies that keep bytes",
    applies: (found, engine) => isEnvoy(engine) && decidesBeforeHead(found, engine),
    explains: ({ place, got }, found) => {
      const [kind, who = ""] = place.split(".");
      switch (kind) {
        case "client":
          return answersAre(found);
        case "calls":
          return callsOnlyMoreOf("response", found);
        case "upstream":
          return got === undefined;
        case "lines":
          return who.endsWith("q") ? hasHeardUntilEnded(who, found) : answersAre(found);
        default:
          return codesOnlyLack(who, found, [
            "PARTIAL_REQUEST",
            ...(threw(found.outcome.lines, who) ? ["POLICY_FAILED"] : []),
          ]);
      }
    },
  },
  {
    row: "Head that a policy lets go behind policies that keep bytes",
    applies: (found, engine) => isEnvoy(engine) && passesKept("response", found),
    // Who keeps bytes is ended later, when these, and the head, have gone on.
    explains: ({ place }, found) => {
      const [kind, who = ""] = place.split(".");
      return kind === "lines" && who.endsWith("s") && differsInEnds(who, found);
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
    explains: followsFromRefusal,
  },
  {
    row: "Promise jobs run",
    applies: (found, engine) => engine !== "gateway" && refusedForTrailers(found)?.late === true,
    explains: followsFromRefusal,
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
    row: "Promise jobs run",
    applies: (found, engine) => engine !== "gateway" && answersTooLate(found) > 0,
    explains: ({ place }, found) => {
      const [kind, who = ""] = place.split(".");
      return kind === "calls"
        ? callsOnlyMoreOf("request", found)
        : kind === "lines" && Number.parseInt(who, 10) > answersTooLate(found) && hasHeardUntilEnded(who, found);
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
    applies: (found, engine) => isEnvoy(engine) && lateOutput("s", found) > 0,
    explains: ({ place }, found) => {
      const [kind, who = ""] = place.split(".");
      return kind === "client" || (kind === "codes" ? Number(who) === lateOutput("s", found) : kind === "lines");
    },
  },
  {
    row: "Output of a `transform` after the last chunk of a message with trailers",
    applies: (found, engine) => isEnvoy(engine) && lateOutput("q", found) > 0,
    explains: ({ place, got }, found) => {
      const [kind, who = ""] = place.split(".");
      switch (kind) {
        case "client":
          // Nobody has the upstream answer a request that is refused in the reference.
          return found.outcome.client.status === 0 && found.outcome.client.end === "open";
        case "upstream":
          return place !== "upstream.1";
        case "calls":
          // Of filters of the response that there is in the reference.
          return got === undefined && callsNoMore(found);
        case "codes":
          return (
            Number(who) === lateOutput("q", found) ||
            (got === undefined && found.outcome.client.status === 0 && threw(found.reference.outcome.lines, who))
          );
        case "lines":
          return who.endsWith("q")
            ? differsInEnds(who, found) || hasHeardMore(who, found) || showsLateOutput(place, found)
            : got === undefined;
        default:
          return false;
      }
    },
  },
];

/** Whether a message has a body is asked by its filter behind such output, which has been refused in the reference. */
function showsLateOutput(place: string, found: Case): boolean {
  const [, who = "", index] = place.split(".");
  const [expected, got] = bothOf(who, found);
  const until = expected.indexOf("transformed");
  const shown = (lines: readonly string[]): string | undefined =>
    lines[Number(index)]?.replace(/ body=(true|false)$/, "");
  return (
    who === `${lateOutput("q", found)}q` &&
    until >= 0 &&
    Number(index) > until &&
    (got[Number(index)] === undefined ||
      (expected[Number(index)]!.startsWith("sees ") && shown(expected) === shown(got)))
  );
}

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

/** The position of the policy whose transform of a message was refused in the reference only, behind one that gathers it; 0 for none. */
function lateOutput(phase: "q" | "s", found: Case): number {
  const { plan, reference, outcome } = found;
  const position =
    1 +
    plan.programs.findIndex(
      (_, index) =>
        wrapsBehindGathered(index + 1, phase, found) &&
        reference.outcome.lines[`${index + 1}${phase}`]?.includes("transformed") === true &&
        reference.outcome.codes[index + 1]?.includes("POLICY_FAILED") === true &&
        outcome.codes[index + 1] === undefined,
    );
  const went = phase === "q" ? outcome.upstream[0]?.complete === true : outcome.client.end === "complete";
  const { trailers } = (phase === "q" ? outcome.upstream[0] : outcome.client) ?? { trailers: [] };
  return position > 0 && went && trailers.length > 0 ? position : 0;
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

/** A policy, or that at this position, answered a request in the reference, of which it hears too little here to answer it. */
function decidesNoMore(found: Case, position?: number): boolean {
  const { plan, reference, outcome } = found;
  return plan.programs.some(
    (_, index) =>
      (position === undefined || position === index + 1) &&
      isDecidedBy(index + 1, reference.outcome) &&
      !isDecidedBy(index + 1, outcome) &&
      hasHeardLess(`${index + 1}q`, found) &&
      !differsInEnds(`${index + 1}q`, found),
  );
}

/** In the reference a filter threw at something that it does not come to here. */
function threwLater(who: string, found: Case): boolean {
  const [expected, got] = bothOf(who, found).map((lines) => lines.some((line) => line.startsWith("caught ")));
  return expected === true && got === false && hasHeardLess(who, found);
}

/** In the reference a policy let the head of a message go while one that the message had passed before was not done with its body. */
function passesKept(message: "request" | "response", { plan, reference }: Case): boolean {
  const phase = message === "request" ? "q" : "s";
  const { length } = plan.programs;
  const positions = plan.programs.map((_, index) => index + 1);
  const path = message === "request" ? positions : positions.reverse();
  const hasBegun = ({ lines, upstream, client }: Sight, place: number): boolean => {
    const gone = message === "request" ? upstream.length > 0 : client.status !== 0;
    return place === length ? gone : lines[`${path[place]}${phase}`] !== undefined;
  };
  return reference.events.some(({ before, after }) =>
    path.some(
      (_, place) =>
        !hasBegun(before, place + 1) &&
        hasBegun(after, place + 1) &&
        path.slice(0, place).some((position) => isAtWork(after.lines[`${position}${phase}`])),
    ),
  );
}

/**
 * In the reference a policy let the head of a request go while it was itself not done with the body, which had come while one before it
 * kept the head. Where both are one filter the host has all of the body then, and the head goes on with that.
 */
function passesBehindKept({ plan, reference }: Case): boolean {
  const keeping = plan.programs.findIndex(({ request }) =>
    request.some(([operation]) => ["body", "headers-body", "call", "gate", "sleep"].includes(operation)),
  );
  return (
    keeping >= 0 &&
    reference.events.some(
      ({ before, after }) =>
        before.upstream.length === 0 &&
        after.upstream.length > 0 &&
        plan.programs.some((_, index) => index > keeping && isAtWork(after.lines[`${index + 1}q`])),
    )
  );
}

function headPasses(found: Case, engine: string): boolean {
  return passesKept("request", found) || (isOneFilter(engine) && passesBehindKept(found));
}

/** The filter has begun, and not come to its own end. */
function isAtWork(lines: readonly string[] | undefined): boolean {
  return lines !== undefined && (!lines.includes("over") || isEnded(lines));
}

/** The head of the request waits here, so that nobody has answered it; or it has waited, and the upstream was not asked in time to answer early. */
function headWaits(found: Case, engine: string): boolean {
  const { reference, outcome } = found;
  const { end, status } = outcome.client;
  const [request] = outcome.upstream;
  return (
    headPasses(found, engine) &&
    end === "open" &&
    status === 0 &&
    (request === undefined
      ? Object.entries(outcome.lines).some(([who, lines]) => who.endsWith("q") && !lines.includes("over"))
      : request.complete && repliedEarly(reference))
  );
}

/** While the head waits here a policy answers, or fails, to which the upstream was faster in the reference. */
function decidesBeforeHead(found: Case, engine: string): boolean {
  const { reference, outcome } = found;
  return (
    headPasses(found, engine) &&
    repliedEarly(reference) &&
    outcome.upstream.length === 0 &&
    found.plan.programs.some((_, index) => isDecidedBy(index + 1, outcome))
  );
}

function repliedEarly({ events }: Reference): boolean {
  return events.find(({ event }) => event === "upstream head")?.before.upstream[0]?.complete === false;
}

/** The policy at this position has answered the request, or failed on it. */
function isDecidedBy(position: number, { lines, codes }: Sight): boolean {
  const failed = lines[`${position}q`]?.some((line) => line.startsWith("caught ")) === true;
  return (
    lines[`${position}s`]?.[0]?.startsWith("begins break ") === true ||
    / break $/.test(lines[`${position}d`]?.[0] ?? "") ||
    (failed && codes[position]?.includes("POLICY_FAILED") === true)
  );
}

/** All that the client and the filters have seen of a response is what policies answer, or a 500 where one has failed. */
function answersAre({ plan, outcome }: Case): boolean {
  const statuses = plan.programs.flatMap(({ request, response }, index) => [
    ...[...request, ...response].flatMap(([operation, first, second]) =>
      ["answer", "status", "send"].includes(operation) ? [Number(first)] : second === "answer" ? [418] : [],
    ),
    ...(outcome.codes[index + 1]?.includes("POLICY_FAILED") === true ? [500] : []),
  ]);
  const seen = Object.entries(outcome.lines).flatMap(([who, [line = ""]]) => {
    const status = who.endsWith("d")
      ? line.split(" ")[0]
      : who.endsWith("s")
        ? / (\d+) x-a=/.exec(line)?.[1]
        : undefined;
    return status === undefined ? [] : [Number(status)];
  });
  const { status } = outcome.client;
  return [...seen, ...(status === 0 ? [] : [status])].every((each) => statuses.includes(each));
}

/** The kit has logged of the policy at this position what it has in the reference, or less, or one of `more`. */
function codesOnlyLack(position: string, { reference, outcome }: Case, more: readonly string[] = []): boolean {
  const expected = reference.outcome.codes[position] ?? [];
  return outcome.codes[position]?.every((code) => expected.includes(code) || more.includes(code)) !== false;
}

function threw(lines: Sight["lines"], position: string): boolean {
  return ["q", "s"].some((phase) => lines[`${position}${phase}`]?.some((line) => line.startsWith("caught ")) === true);
}

/** A policy has answered the request. */
function isDecided({ lines }: Sight): boolean {
  return Object.entries(lines).some(([who, [line]]) => who.endsWith("d") && / break $/.test(line!));
}

function callsNoMore({ reference, outcome }: Case): boolean {
  return outcome.calls.every((path) => reference.outcome.calls.includes(path));
}

/** What is called beyond the reference is called by filters that were ended there; or by those of responses, which see another one here. */
function callsOnlyMoreOf(message: "request" | "response", { plan, reference, outcome }: Case): boolean {
  const allowed = plan.programs.flatMap(({ request, response }, index) => [
    ...(isEnded(reference.outcome.lines[`${index + 1}q`]) ? request.flat() : []),
    ...(message === "response" ? response.flat() : []),
  ]);
  return outcome.calls.every((path) => reference.outcome.calls.includes(path) || allowed.includes(path));
}

/** The filter did not come to its own end. */
function isEnded(lines: readonly string[] = []): boolean {
  const aborted = lines.findIndex((line) => line.startsWith("aborted "));
  return aborted >= 0 && !lines.slice(0, aborted).includes("over");
}

/** What came to the upstream here begins as it does in the reference. */
function beginsLike({ reference, outcome }: Case): boolean {
  const [expected, got] = [reference.outcome.upstream[0], outcome.upstream[0]];
  return expected !== undefined && got !== undefined && beginsAlike(expected.body, got.body);
}

/**
 * The policy that failed here alone and did not throw, as it put something in the place of a body with trailers. `late`: a transform has let
 * its last output go on behind them, which came in one go with the body, from a policy that gathers it; jobs of plain JavaScript run when all of
 * that is there.
 */
function refusedForTrailers(found: Case): { position: number; phase: "q" | "s"; late: boolean } | undefined {
  const { plan, reference, outcome } = found;
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
      return { position, phase, late: wrapsBehindGathered(position, phase, found) };
    }
  }
  return undefined;
}

/** The transform of the policy at this position has something to say at the end of what a policy before it has gathered, and has said it. */
function wrapsBehindGathered(position: number, phase: "q" | "s", { plan, outcome }: Case): boolean {
  const stepsOf = ({ request, response }: Plan["programs"][number]): Plan["programs"][number]["request"] =>
    phase === "q" ? request : response;
  const before = phase === "q" ? plan.programs.slice(0, position - 1) : plan.programs.slice(position);
  return (
    stepsOf(plan.programs[position - 1]!).some(
      ([operation, how]) => operation === "transform" && String(how).startsWith("wrap "),
    ) &&
    outcome.lines[`${position}${phase}`]?.includes("transformed") === true &&
    before.some((program) =>
      stepsOf(program).some(([operation]) => operation === "body" || operation === "headers-body"),
    )
  );
}

function followsFromRefusal({ place, got }: Difference, found: Case): boolean {
  const refused = refusedForTrailers(found)!;
  const [kind, who = ""] = place.split(".");
  const position = Number.parseInt(who, 10);
  const [request] = found.outcome.upstream;
  switch (kind) {
    case "client":
      return found.outcome.client.status === 500 || found.outcome.client.end !== "complete";
    case "upstream":
      return request?.complete !== true;
    case "calls":
      // Those that the failure reaches see a 500 in the place of the response, which has a body.
      return callsOnlyMoreOf("response", found);
    case "codes":
      return position === refused.position || got === undefined;
    case "lines":
      return (
        who.endsWith("d") ||
        (who.endsWith("s") && (refused.phase === "q" || position <= refused.position)) ||
        hasHeardLess(who, found) ||
        hasHeardMore(who, found)
      );
    default:
      return false;
  }
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

/**
 * The position of the last policy that answers after a transform when the response has begun, so that the exchange is broken off: those behind
 * it have got what the transform has made before, or not. 0 for none.
 */
function answersTooLate({ plan, reference, outcome }: Case): number {
  const broken = [reference.outcome, outcome].every(({ client: { end } }) => end === "broken" || end === "none");
  return broken
    ? plan.programs.findLastIndex(
        ({ request }, index) =>
          request.some(([operation]) => operation === "transform") &&
          request.some(([operation]) => operation === "answer") &&
          reference.outcome.lines[`${index + 1}q`]?.includes("transformed") === true &&
          !isEnded(reference.outcome.lines[`${index + 1}q`]),
      ) + 1
    : 0;
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

/** It has heard less; or more, where it was ended in the reference. */
function hasHeardUntilEnded(who: string, found: Case): boolean {
  return hasHeardLess(who, found) || (isEnded(found.reference.outcome.lines[who]) && hasHeardMore(who, found));
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
