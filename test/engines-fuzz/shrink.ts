/** Makes a plan smaller for as long as something remains of it. */
import { setups } from "./generate.js";
import type { Body, Plan, Program, Step } from "./plan.js";

/**
 * @param remains Whether what the plan is looked at for is still there.
 * @param until As `Date.now()` tells it: what has been reached by then is the result.
 */
export async function shrink(plan: Plan, remains: (plan: Plan) => Promise<boolean>, until: number): Promise<Plan> {
  let smallest = plan;
  let smaller: Plan | undefined = plan;
  while (smaller !== undefined) {
    smallest = smaller;
    smaller = undefined;
    for (const candidate of smallerThan(smallest)) {
      if (Date.now() > until) {
        return smallest;
      }
      if (await remains(candidate)) {
        smaller = candidate;
        break;
      }
    }
  }
  return smallest;
}

/** What makes the most difference comes first. */
function* smallerThan(plan: Plan): Generator<Plan> {
  const { programs, setup, request, reply } = plan;
  if (programs.length > 1) {
    for (const index of programs.keys()) {
      yield {
        ...plan,
        setup: setups.find(
          ({ length, partialRequests, onError }) =>
            length === setup.length - 1 && partialRequests === setup.partialRequests && onError === setup.onError,
        )!,
        programs: programs.toSpliced(index, 1),
      };
    }
  }
  for (const [index, program] of programs.entries()) {
    for (const smaller of programsSmallerThan(program)) {
      yield { ...plan, programs: programs.with(index, smaller) };
    }
  }
  for (const body of bodiesSmallerThan(request.body)) {
    yield { ...plan, request: { ...request, body } };
  }
  for (const body of bodiesSmallerThan(reply.body)) {
    yield { ...plan, reply: { ...reply, body } };
  }
  if (reply.early) {
    yield { ...plan, reply: { ...reply, early: false } };
  }
  if (reply.fails !== "never") {
    yield { ...plan, reply: { ...reply, fails: "never" } };
  }
  if (plan.protocol !== "HTTP/1.1") {
    yield { ...plan, protocol: "HTTP/1.1" };
  }
}

function* programsSmallerThan(program: Program): Generator<Program> {
  for (const phase of ["request", "response"] as const) {
    const steps = program[phase];
    if (steps.length > 1) {
      yield { ...program, [phase]: [] };
    }
    for (const index of steps.keys()) {
      const fewer = steps.toSpliced(index, 1).filter((step, place, all) => possible(step, all.slice(0, place)));
      yield { ...program, [phase]: fewer };
    }
  }
}

/** Without the state that it is about a step fails in words that each engine of JavaScript has of its own. */
function possible([operation]: Step, before: readonly Step[]): boolean {
  const states = before.map(([earlier]) => earlier);
  switch (operation) {
    case "read":
    case "transform":
      return states.includes("stream");
    case "set-body":
      return states.includes("body") || states.includes("headers-body");
    default:
      return true;
  }
}

function* bodiesSmallerThan(body: Body): Generator<Body> {
  const { kind, chunks, trailers } = body;
  if (kind !== "none") {
    yield { kind: "none", chunks: [], trailers: false };
  }
  if (trailers) {
    yield { ...body, trailers: false };
  }
  if (chunks.length > 1 || (kind === "chunked" && chunks.length === 1)) {
    for (const index of chunks.keys()) {
      yield { ...body, chunks: chunks.toSpliced(index, 1) };
    }
  }
  for (const [index, chunk] of chunks.entries()) {
    if (chunk.length > 1) {
      yield { ...body, chunks: chunks.with(index, chunk[0]!) };
    }
  }
}
