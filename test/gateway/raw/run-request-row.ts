/** Runs a row of the request tables through a proxy. */
import type { Lane } from "./lane.js";
import { fieldOf, type Message } from "./messages.js";
import { exchange, statusOf } from "./raw-exchange.js";
import { requestProblems, requestText } from "./recording-upstream.js";
import { bytesOf, matches, type RequestRow, requestPatterns, wordPatterns } from "./row.js";

/** All in one packet, with the request that follows, or byte by byte. */
export const modes = ["one packet", "byte by byte"] as const;

export type Mode = (typeof modes)[number];

export interface RequestOutcome {
  /** Statuses, then `keep`, `close`, `lost` or `open`. */
  got: string[];
  /** The complete requests at the upstream, without the one that follows. */
  seen: string[];
  requests: Message[];
  /** Requests that began at the upstream and did not end. */
  unfinished: Message[];
  /** What must be true of every row and is not. */
  problems: string[];
}

/** Writes of a message that is sent in pieces, at most. */
export const mostPieces = 300;

export async function runRequestRow(lane: Lane, row: RequestRow, mode: Mode): Promise<RequestOutcome> {
  const [, send, , , extra] = row;
  const bytes = bytesOf(send);
  const received = await exchange({
    port: lane.port,
    bytes,
    pieceBytes: mode === "one packet" ? bytes.length : Math.ceil(bytes.length / mostPieces),
    following: extra?.open === true ? "nothing" : "at once",
    head: /^[\r\n]*HEAD /.test(send),
  });
  const problems = [...received.problems];
  const { responses } = received;
  const followed = responses.at(-1)?.body === "GET /following";
  const answers = followed ? responses.slice(0, -1) : responses;
  const got = answers.map((response) => `${statusOf(response)}${response.complete ? "" : " cut"}`);
  got.push(followed ? "keep" : received.end === "closed" ? "close" : received.end);
  problems.push(...(await livesOn(lane)));

  const requests = lane.upstream.requests.splice(0);
  const follows = requests.filter(({ startLine }) => startLine === "GET /following HTTP/1.1");
  const own = requests.filter((request) => !follows.includes(request));
  // One that follows the row, one that shows that the proxy lives on.
  if (follows.length !== (followed ? 2 : 1)) {
    problems.push(`The request that follows came to the upstream ${follows.length - 1} times.`);
  }
  problems.push(...own.flatMap(requestProblems), ...lane.upstream.problems.splice(0));
  problems.push(...wrongAnswers(answers, own), ...(followed ? [] : unannounced(answers)));
  return { got, seen: own.map(requestText), requests: own, unfinished: lane.upstream.unfinished, problems };
}

/** A good request on a new connection. */
async function livesOn(lane: Lane): Promise<string[]> {
  const { responses } = await exchange({
    port: lane.port,
    bytes: Buffer.alloc(0),
    pieceBytes: 1,
    following: "at once",
    head: false,
  });
  return responses.map(({ body }) => body).join() === "GET /following" ? [] : ["A good request afterwards fails."];
}

/** Answers of the upstream must come in the order of the requests, and each to its own. */
function wrongAnswers(answers: readonly Message[], requests: readonly Message[]): string[] {
  const texts = requests.map(({ startLine }) => startLine.split(" ").slice(0, 2).join(" "));
  const bodies = answers.filter((answer) => fieldOf(answer, "x-upstream") !== undefined);
  return bodies.flatMap((answer, i) =>
    fieldOf(answer, "x-upstream") === "HEAD" || answer.body === texts[i]
      ? []
      : [`Answer ${i} is ${JSON.stringify(answer.body)}, request ${i} was ${texts[i] ?? "none"}.`],
  );
}

/** The proxy's own last words on a connection say that it is closed (RFC 9112, section 9.6). */
function unannounced(answers: readonly Message[]): string[] {
  const last = answers.at(-1);
  if (last === undefined || statusOf(last) < 400) {
    return [];
  }
  return fieldOf(last, "connection") === "close"
    ? []
    : ["The last response does not announce that the connection closes."];
}

/** What differs from the row; nothing where all is as expected. */
export function judgeRequest(row: RequestRow, outcome: RequestOutcome): string[] {
  const [, , get, seen = [], extra] = row;
  const differences: string[] = [];
  if (!matches(wordPatterns(get), outcome.got)) {
    differences.push(`The client got "${outcome.got.join(" ")}", expected "${get}".`);
  }
  if (!matches(requestPatterns(seen), outcome.seen)) {
    differences.push(`The upstream saw ${JSON.stringify(outcome.seen)}, expected ${JSON.stringify(seen)}.`);
  }
  for (const message of outcome.unfinished) {
    const text = requestText(message).split(" ").slice(0, 2).join(" ");
    if (text !== extra?.partial) {
      differences.push(`The upstream saw the beginning of ${text}.`);
    }
  }
  const [first] = outcome.requests;
  for (const field of extra?.has ?? []) {
    if (first === undefined || !first.fields.some(([name, value]) => `${name}: ${value}` === field)) {
      differences.push(`The upstream did not get "${field}".`);
    }
  }
  for (const name of extra?.lacks ?? []) {
    if (outcome.requests.some((request) => fieldOf(request, name) !== undefined)) {
      differences.push(`The upstream got ${name}.`);
    }
  }
  return [...differences, ...outcome.problems];
}
