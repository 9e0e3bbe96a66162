import { pathToFileURL } from "node:url";
import { generatedPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { expect, it } from "vitest";
import { CliProcess } from "./cli-process.js";
import { DebuggerClient } from "./debugger-client.js";
import { TemporaryProject } from "./temporary-project.js";

interface Script {
  scriptId: string;
  sourceMapURL: string;
}

interface Paused {
  hitBreakpoints: string[];
  callFrames: { functionName: string; location: { scriptId: string; lineNumber: number } }[];
}

const policy = `import { definePolicy, Response } from "sluice";

interface Answer { text: string }

export default definePolicy({
  async onRequest(request) {
    const { path } = await request.intoHeadersState();
    const answer: Answer = { text: path.toUpperCase() };
    return new Response(200).withBody(answer.text);
  },
});
`;

/** The line of policy.ts, from 1, at which the debugger shall stop. */
const line = 8;

it("a breakpoint in policy.ts stops there under --inspect", async () => {
  await using project = await TemporaryProject.create({ "policy.ts": policy });
  await using cli = new CliProcess(["dev", "policy.ts", "--port", "0"], { cwd: project.folder, nodeArguments: ["--inspect=127.0.0.1:0"] });
  const url = await cli.url();
  const [address] = await cli.output(/ws:\/\/\S+/);
  using client = await DebuggerClient.connect(address);
  await client.send("Debugger.enable");

  const source = pathToFileURL(project.path("policy.ts")).href;
  const breakpoints: { breakpointId: string; location: { scriptId: string; lineNumber: number } }[] = [];
  for (const { scriptId, sourceMapURL } of client.events<Script>("Debugger.scriptParsed")) {
    const map = readMap(sourceMapURL);
    if (map?.sources.includes(source) !== true) {
      continue;
    }
    expect(map.sourcesContent?.[map.sources.indexOf(source)]).toBe(policy);
    const generated = generatedPositionFor(map, { source, line, column: 4 });
    const location = { scriptId, lineNumber: generated.line! - 1 };
    const { breakpointId } = (await client.send("Debugger.setBreakpoint", { location })) as { breakpointId: string };
    breakpoints.push({ breakpointId, location });
  }
  expect(breakpoints.length).toBeGreaterThan(0);

  const response = fetch(`${url}/stop`);
  const { hitBreakpoints, callFrames } = await client.event<Paused>("Debugger.paused");
  const hit = breakpoints.find(({ breakpointId }) => breakpointId === hitBreakpoints[0]);
  expect(callFrames[0]).toMatchObject({ functionName: "onRequest", location: hit?.location });
  await client.send("Debugger.resume");
  expect(await (await response).text()).toBe("/STOP");
});

function readMap(url: string): TraceMap | undefined {
  const [, data] = /^data:application\/json;base64,(.*)$/.exec(url) ?? [];
  return data === undefined ? undefined : new TraceMap(Buffer.from(data, "base64").toString());
}
