/** Drives exchanges: the reference finds an order of events, the other engines follow it. */
import { type DrivenEvent, type DrivenExchange, gatesIn, type Sight } from "./exchange.js";
import { isBodiless, lengthOf, type Plan } from "./plan.js";
import { Random } from "./random.js";
import { becomes } from "./wait.js";

/** An event, and what could be seen when it had taken effect. */
export interface Scheduled {
  event: DrivenEvent;
  before: Sight;
  after: Sight;
}

export interface Reference {
  events: readonly Scheduled[];
  /** After the head of the request, before the first event. */
  start: Sight;
  outcome: Sight;
}

/** No plan needs so many. */
const mostEvents = 100;

/** Does in each situation one of the events that are possible, as the plan's seed says, until there are none. */
export async function findOrder(exchange: DrivenExchange, plan: Plan): Promise<Reference> {
  const random = new Random(plan.seed, "order");
  const clientEvents = eventsOf("client", plan);
  const upstreamEvents = eventsOf("upstream", plan);
  const events: Scheduled[] = [];
  const start = exchange.sight();
  while (events.length < mostEvents) {
    const before = exchange.sight();
    const [forwarded] = before.upstream;
    const answerable = forwarded !== undefined && (forwarded.complete || plan.reply.early);
    const begun = events.some(({ event }) => event.startsWith("upstream"));
    const candidates = [
      ...(before.client.end === "open" ? clientEvents.slice(0, 1) : []),
      ...(answerable || begun ? upstreamEvents.slice(0, 1) : []),
      ...gatesIn(before.lines).map((name) => `gate ${name}`),
      ...before.calls.map((path) => `call ${path}`),
    ].filter((event) => exchange.possible(event));
    if (candidates.length === 0) {
      break;
    }
    const event = random.pick(candidates);
    for (const list of [clientEvents, upstreamEvents]) {
      if (list[0] === event) {
        list.shift();
      }
    }
    await exchange.apply(event);
    events.push({ event, before, after: exchange.sight() });
  }
  return { events, start, outcome: exchange.sight() };
}

function eventsOf(side: "client" | "upstream", { request, reply }: Plan): DrivenEvent[] {
  const { kind, chunks } = side === "client" ? request.body : reply.body;
  const head = side === "upstream" ? [`${side} head`] : [];
  const bodiless = side === "upstream" && isBodiless(request.method, reply.status);
  const empty = kind === "none" || bodiless || (kind === "length" && lengthOf({ kind, chunks, trailers: false }) === 0);
  const body = empty ? [] : [...chunks.map((_, index) => `${side} ${index}`), ...(kind === "chunked" ? ["end"] : [])];
  const all = [...head, ...body.map((event) => (event === "end" ? `${side} end` : event))];
  if (side === "client" || reply.fails === "never") {
    return all;
  }
  return reply.fails === "before"
    ? ["upstream break"]
    : [...all.slice(0, -1), ...(empty ? all.slice(-1) : ["upstream break"])];
}

/** How long an engine may take for what the reference did at once. */
const lagMilliseconds = 1_500;

export interface Followed {
  outcome: Sight;
  /** Events that never became possible. */
  missed: readonly DrivenEvent[];
  /** Events after which less could be seen than in the reference. */
  lags: readonly string[];
}

/** Brings about the events of a reference in their order. Each waits until what the reference could see before can be seen. */
export async function follow(exchange: DrivenExchange, { events, start, outcome }: Reference): Promise<Followed> {
  const missed: DrivenEvent[] = [];
  const lags: string[] = [];
  const catchUp = async (sight: Sight, what: string): Promise<void> => {
    if (!(await becomes(() => lag(exchange.sight(), sight) === undefined, lags.length > 1 ? 100 : lagMilliseconds))) {
      lags.push(`${what}: ${lag(exchange.sight(), sight)}`);
    }
  };
  await catchUp(start, "start");
  for (const { event, before, after } of events) {
    if (event.startsWith("upstream") && missed.includes("upstream head")) {
      // Nothing comes before it.
      missed.push(event);
      continue;
    }
    if (!(await becomes(() => exchange.possible(event), missed.length > 0 ? 50 : lagMilliseconds))) {
      missed.push(event);
      continue;
    }
    await exchange.apply(event);
    await catchUp(after, event);
    if (JSON.stringify(before) === JSON.stringify(after)) {
      // Nobody can see when it has taken effect. What is sent later on another connection has most likely come later.
      await exchange.apply(unawaitedGate);
    }
  }
  // What has no effect any more but takes its time, as the end of a connection does, is no difference.
  await becomes(() => lag(exchange.sight(), outcome) === undefined, lagMilliseconds);
  return { outcome: exchange.sight(), missed, lags };
}

/** Opening it takes an exchange, and does nothing. */
const unawaitedGate = "gate none";

/** What can be seen in the reference and not yet here. */
function lag(here: Sight, there: Sight): string | undefined {
  if (there.client.end !== "open" && here.client.end === "open") {
    return "the client's response has not ended";
  }
  if (here.client.end === "open" && there.client.status !== 0 && here.client.status === 0) {
    return "the client has no response";
  }
  if (here.client.end === "open" && here.client.body.length < there.client.body.length) {
    return "the client has less of the body";
  }
  for (const [index, expected] of there.upstream.entries()) {
    const arrived = here.upstream[index];
    if (arrived === undefined) {
      // What is broken off at once need not be seen.
      if (expected.broken) {
        continue;
      }
      return "the upstream has no request";
    }
    const { body, complete, broken } = arrived;
    if (body.length < expected.body.length) {
      return "the upstream has less of the body";
    }
    if (expected.complete && !complete) {
      return "the upstream's request is not complete";
    }
    if (expected.broken && !broken) {
      return "the upstream's request is not broken off";
    }
  }
  if (here.calls.length < there.calls.length) {
    return "a call has not come";
  }
  const behind = Object.entries(there.lines).find(([who, lines]) => (here.lines[who]?.length ?? 0) < lines.length);
  return behind === undefined
    ? undefined
    : `${behind[0]} has not told ${behind[1][here.lines[behind[0]]?.length ?? 0]}`;
}
