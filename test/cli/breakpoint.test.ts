import { mkdir, symlink } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { generatedPositionFor, originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
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
  callFrames: { functionName: string; location: { scriptId: string; lineNumber: number; columnNumber: number } }[];
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

/** What a test does, once a debugger has come. */
const test = `import { waitForDebugger } from "node:inspector";
import { testGateway } from "sluice/testing";
const gateway = await testGateway({ policies: ["policy.ts"] });
console.log("ready");
waitForDebugger();
const response = await gateway.fetch("/stop");
console.log("answer: " + await response.text());
`;

/** The line of policy.ts, from 1, at which the debugger shall stop. */
const line = 8;

it("a breakpoint in policy.ts stops there under --inspect", async () => {
  await using project = await TemporaryProject.create({ "policy.ts": policy });
  await using cli = new CliProcess(["dev", "policy.ts", "--port", "0"], {
    cwd: project.folder,
    nodeArguments: ["--inspect=127.0.0.1:0"],
  });
  const url = await cli.url();
  const [address] = await cli.output(/ws:\/\/\S+/);
  using client = await DebuggerClient.connect(address);
  const breakpoints = await setBreakpoints(client, project.path("policy.ts"));

  const response = fetch(`${url}/stop`);
  const { hitBreakpoints, callFrames } = await client.event<Paused>("Debugger.paused");
  const hit = breakpoints.find(({ breakpointId }) => breakpointId === hitBreakpoints[0]);
  expect(callFrames[0]).toMatchObject({ functionName: "onRequest", location: hit?.location });
  await client.send("Debugger.resume");
  expect(await (await response).text()).toBe("/STOP");
});

it("a breakpoint in policy.ts stops a test there, and steps go through its lines", async () => {
  await using project = await TemporaryProject.create({ "policy.ts": policy, "test.mjs": test });
  await mkdir(project.path("node_modules"));
  await symlink(fileURLToPath(new URL("../../", import.meta.url)), project.path("node_modules/sluice"));
  await using process = new CliProcess([], {
    cwd: project.folder,
    nodeArguments: ["--inspect=127.0.0.1:0"],
    program: project.path("test.mjs"),
  });
  const [address] = await process.output(/ws:\/\/\S+/);
  await process.output(/ready/);
  using client = await DebuggerClient.connect(address);
  const breakpoints = await setBreakpoints(client, project.path("policy.ts"));

  await client.send("Runtime.runIfWaitingForDebugger");
  const { hitBreakpoints, callFrames } = await client.event<Paused>("Debugger.paused");
  const hit = breakpoints.find(({ breakpointId }) => breakpointId === hitBreakpoints[0]);
  expect(callFrames[0]).toMatchObject({ functionName: "onRequest", location: hit?.location });
  await client.send("Debugger.stepOver");
  const { callFrames: after } = await client.event<Paused>("Debugger.paused", 1);
  expect(hit?.lineAt(after[0]!.location)).toBe(line + 1);
  await client.send("Debugger.resume");
  await process.output(/answer: \/STOP/);
});

interface Breakpoint {
  breakpointId: string;
  location: { scriptId: string; lineNumber: number };
  /** The line of policy.ts, from 1, of a place in the same script. */
  lineAt(location: { lineNumber: number; columnNumber: number }): number | null;
}

/** In every script that policy.ts, the file at `path`, is a part of. */
async function setBreakpoints(client: DebuggerClient, path: string): Promise<Breakpoint[]> {
  await client.send("Debugger.enable");
  const source = pathToFileURL(path).href;
  const breakpoints: Breakpoint[] = [];
  for (const { scriptId, sourceMapURL } of client.events<Script>("Debugger.scriptParsed")) {
    const map = readMap(sourceMapURL);
    if (map?.sources.includes(source) !== true) {
      continue;
    }
    expect(map.sourcesContent?.[map.sources.indexOf(source)]).toBe(policy);
    const generated = generatedPositionFor(map, { source, line, column: 4 });
    const location = { scriptId, lineNumber: generated.line! - 1 };
    const { breakpointId } = (await client.send("Debugger.setBreakpoint", { location })) as { breakpointId: string };
    const lineAt: Breakpoint["lineAt"] = ({ lineNumber, columnNumber }) =>
      originalPositionFor(map, { line: lineNumber + 1, column: columnNumber }).line;
    breakpoints.push({ breakpointId, location, lineAt });
  }
  expect(breakpoints.length).toBeGreaterThan(0);
  return breakpoints;
}

function readMap(url: string): TraceMap | undefined {
  const [, data] = /^data:application\/json;base64,(.*)$/.exec(url) ?? [];
  return data === undefined ? undefined : new TraceMap(Buffer.from(data, "base64").toString());
}
