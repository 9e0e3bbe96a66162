/** Runs the tables through nginx and Envoy as plain proxies and prints where they differ from what is expected of the gateway. */
import { type Lane, Lanes } from "../lane.js";
import { RecordingUpstream } from "../recording-upstream.js";
import { matches, type RequestRow, type ResponseFor, type ResponseRow, requestPatterns, wordPatterns } from "../row.js";
import { runRequestRow } from "../run-request-row.js";
import { asExpected, runResponseRow } from "../run-response-row.js";
import { requestTables, responseTables } from "../tables/index.js";
import { type PlainProxy, startNginx, startPlainEnvoy } from "./plain-proxies.js";

const laneCount = 16;
const longestText = 100;

/** What a proxy did with a row, where it is not what is expected. */
type Differences = Map<string, string>;

interface Line {
  name: string;
  expected: string;
  run(lane: Lane): Promise<string | undefined>;
}

const lines: readonly Line[] = [
  ...requestTables.flatMap(({ kind, rows }) => rows.map((row) => requestLine(kind, row))),
  ...responseTables.flatMap(({ kind, rows }) =>
    rows.flatMap((row) => (row[3]?.to ?? (["GET", "POST"] as const)).map((method) => responseLine(kind, row, method))),
  ),
];

function requestLine(kind: string, row: RequestRow): Line {
  const [name, , get, seen = []] = row;
  const requests = requestPatterns(seen).map(({ alternatives, optional }) => ({
    alternatives: alternatives.map(withoutFraming),
    optional,
  }));
  return {
    name: `${kind} ${name}`,
    expected: outcomeText(get, [seen].flat()),
    async run(lane) {
      const outcome = await runRequestRow(lane, row, "one packet");
      const asExpected_ =
        matches(wordPatterns(get), outcome.got) && matches(requests, outcome.seen.map(withoutFraming));
      return asExpected_ ? undefined : outcomeText(outcome.got.join(" "), outcome.seen);
    },
  };
}

/** Proxies may frame a body as they like. */
function withoutFraming(request: string): string {
  return request.replace(/^(\S+ \S+) (?:length|chunked)/, "$1");
}

function outcomeText(got: string, seen: readonly string[]): string {
  return `${got}; upstream: ${seen.length === 0 ? "nothing" : seen.join(", ")}`;
}

function responseLine(kind: string, row: ResponseRow, method: ResponseFor): Line {
  const [name, , get] = row;
  return {
    name: `${kind} ${name}, to ${method}`,
    expected: get,
    async run(lane) {
      const outcome = await runResponseRow(lane, row, method, "one packet");
      return get.split(" or ").some((one) => asExpected(one, outcome))
        ? undefined
        : [...outcome.got, outcome.body].join(" ");
    },
  };
}

async function differencesOf(proxy: PlainProxy, upstreams: readonly RecordingUpstream[]): Promise<Differences> {
  const lanes = new Lanes(laneCount, (index) =>
    Promise.resolve({
      port: proxy.ports[index]!,
      upstream: upstreams[index]!,
      // The proxy stays; what is left over goes with its connections.
      close: async () => upstreams[index]!.reset(),
    }),
  );
  const found: Differences = new Map();
  await Promise.all(
    lines.map(({ name, run }) =>
      lanes.use(async (lane) => {
        const difference = await run(lane);
        if (difference !== undefined) {
          found.set(name, difference);
        }
        return difference === undefined && lane.upstream.unfinished.length === 0;
      }),
    ),
  );
  return found;
}

function oneLine(text: string): string {
  // Quotes are for text with control characters.
  const quoted = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("|", "\\|");
  return quoted.length <= longestText ? quoted : `${quoted.slice(0, longestText)}…`;
}

export async function compareRaw(): Promise<void> {
  const upstreams = await Promise.all(Array.from({ length: laneCount }, () => RecordingUpstream.start()));
  const ports = upstreams.map(({ port }) => port);
  const columns: (readonly [name: string, found: Differences])[] = [];
  for (const [name, start] of [
    ["nginx", startNginx],
    ["Envoy", startPlainEnvoy],
  ] as const) {
    const proxy = await start(ports);
    if (proxy === undefined) {
      console.log(`${name} is not installed: not compared.`);
      continue;
    }
    try {
      columns.push([proxy.name, await differencesOf(proxy, upstreams)]);
    } finally {
      await proxy.close();
    }
  }
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  if (columns.length > 0) {
    print(columns);
  }
}

function print(columns: readonly (readonly [name: string, found: Differences])[]): void {
  console.log(`\n| message | expected here | ${columns.map(([name]) => name).join(" | ")} |`);
  console.log(`| --- | --- | ${columns.map(() => "---").join(" | ")} |`);
  for (const { name, expected } of lines) {
    const cells = columns.map(([, found]) => found.get(name));
    if (cells.some((cell) => cell !== undefined)) {
      const texts = [name, expected, ...cells.map((cell) => cell ?? "as expected")].map(oneLine);
      console.log(`| ${texts.join(" | ")} |`);
    }
  }
  console.log(`\n${lines.length} messages.`);
  for (const [name, found] of columns) {
    const differing = lines.filter((line) => found.has(line.name));
    const serves = differing.filter((line) => !isServed(line.expected) && isServed(found.get(line.name)!)).length;
    const refuses = differing.filter((line) => isServed(line.expected) && !isServed(found.get(line.name)!)).length;
    console.log(
      `${name} differs in ${found.size}: it serves ${serves} that are refused here, refuses ${refuses} that are served here, ` +
        `and does something else with ${found.size - serves - refuses}.`,
    );
  }
}

function isServed(outcome: string): boolean {
  return /^(?:1\d\d\?? )*2\d\d/.test(outcome);
}
