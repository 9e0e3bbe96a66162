/** Runs a row of the response tables through a proxy. */
import type { Lane } from "./lane.js";
import { fieldOf, type Message } from "./messages.js";
import { exchange, statusOf } from "./raw-exchange.js";
import { requestProblems, scriptedTarget } from "./recording-upstream.js";
import { bytesOf, matches, type ResponseFor, type ResponseRow, wordPatterns } from "./row.js";
import { type Mode, mostPieces } from "./run-request-row.js";

export interface ResponseOutcome {
  /** Statuses, and `cut` where the last response is broken off. */
  got: string[];
  /** Of the last response. */
  body: string;
  last: Message | undefined;
  /** What must be true of every row and is not. */
  problems: string[];
}

const requests: Readonly<Record<ResponseFor, string>> = {
  GET: `GET ${scriptedTarget} HTTP/1.1⏎Host: a⏎⏎`,
  POST: `POST ${scriptedTarget} HTTP/1.1⏎Host: a⏎Content-Length: 5⏎⏎hello`,
  HEAD: `HEAD ${scriptedTarget} HTTP/1.1⏎Host: a⏎⏎`,
  "GET HTTP/1.0": `GET ${scriptedTarget} HTTP/1.0⏎Host: a⏎⏎`,
};

export async function runResponseRow(
  lane: Lane,
  row: ResponseRow,
  method: ResponseFor,
  mode: Mode,
): Promise<ResponseOutcome> {
  const [, send, , extra] = row;
  const response = bytesOf(send);
  const bytes = bytesOf(requests[method]);
  const { upstream } = lane;
  upstream.script = {
    bytes: response,
    pieceBytes: mode === "one packet" ? Math.max(response.length, 1) : Math.ceil(response.length / mostPieces),
    then: extra?.then ?? "keep",
    late: bytesOf(extra?.late ?? ""),
  };
  const received = await exchange({
    port: lane.port,
    bytes,
    pieceBytes: bytes.length,
    following: "after the response",
    beforeFollowing: () => upstream.sendLate(),
    head: method === "HEAD",
  });
  upstream.script = undefined;
  const { responses } = received;
  const followed = responses.at(-1)?.body === "GET /following";
  const answers = followed ? responses.slice(0, -1) : responses;
  const last = answers.at(-1);
  const got = answers.map((answer) => String(statusOf(answer)));
  if (last !== undefined && !last.complete) {
    got.push("cut");
  } else if (received.end !== "closed") {
    got.push(received.end);
  }
  const problems = [...received.problems, ...upstream.problems.splice(0)];
  if (!followed && last?.complete && fieldOf(last, "connection") !== "close") {
    problems.push("The next request on the client's connection is not answered.");
  }
  const seen = upstream.requests.splice(0);
  problems.push(...seen.flatMap(requestProblems), ...(await nextFails(lane)));
  return { got, body: last?.body ?? "", last, problems };
}

/** The next request may go out on the upstream's connection: its answer must be its own. */
async function nextFails(lane: Lane): Promise<string[]> {
  const bytes = bytesOf("POST /next HTTP/1.1⏎Host: a⏎Content-Length: 2⏎⏎hi");
  const sending = { port: lane.port, bytes, pieceBytes: bytes.length, following: "at once", head: false } as const;
  const bodies = (await exchange(sending)).responses.map(({ body }) => body).join();
  lane.upstream.requests.splice(0);
  return bodies === "POST /next,GET /following" ? [] : [`The requests after it get ${JSON.stringify(bodies)}.`];
}

/** What differs from the row; nothing where all is as expected. */
export function judgeResponse(row: ResponseRow, outcome: ResponseOutcome): string[] {
  const [, , get, extra] = row;
  const differences: string[] = [];
  if (!get.split(" or ").some((expected) => asExpected(expected, outcome))) {
    const got = [...outcome.got, ...(outcome.got.includes("cut") ? [] : [outcome.body])].join(" ");
    differences.push(
      `The client got ${JSON.stringify(got.slice(0, 200))}, expected ${JSON.stringify(get.slice(0, 200))}.`,
    );
  }
  const { last } = outcome;
  if (last !== undefined && statusOf(last) !== 502) {
    const fields = [...last.fields, ...last.trailers].map(([name, value]) => `${name}: ${value}`);
    differences.push(...(extra?.has ?? []).filter((field) => !fields.includes(field)).map((field) => `No "${field}".`));
    const names = [...last.fields, ...last.trailers].map(([name]) => name);
    differences.push(...(extra?.lacks ?? []).filter((name) => names.includes(name)).map((name) => `There is ${name}.`));
  }
  return [...differences, ...outcome.problems];
}

/** `103? 200 hello`: words, and then the body, where one is expected. */
export function asExpected(expected: string, { got, body }: ResponseOutcome): boolean {
  const [, words = "", text] = /^((?:\d{3}\??(?: |$)|cut$)*)(.*)$/s.exec(expected) ?? [];
  return matches(wordPatterns(words.trim()), got) && (text === "" || text === body);
}
