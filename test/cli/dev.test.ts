import { open } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { CliProcess } from "./cli-process.js";
import { OpenRequest } from "./open-request.js";
import { answering, TemporaryProject } from "./temporary-project.js";

async function get(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(url, { headers });
  return `${response.status} ${await response.text()}`;
}

/** Asks again until the answer is this; the time-out of the test is its limit. */
async function answers(url: string, expected: string): Promise<void> {
  while ((await get(url)) !== expected) {
    // It counts how often, not how long: every answer is a fresh one.
  }
}

const passing = 'import { definePolicy } from "sluice";\nexport default definePolicy({});\n';

const dev = (project: TemporaryProject, ...more: string[]): CliProcess =>
  new CliProcess(["dev", "policy.ts", "--port", "0", ...more], { cwd: project.folder });

describe("sluice dev", () => {
  it("puts the policy in front of an echo, and prints what to try", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": `import { definePolicy, Response } from "sluice";
export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    if (!headers.has("authorization")) return new Response(401).withBody("no token");
  },
});\n`,
    });
    await using cli = dev(project);
    const url = await cli.url();
    await cli.output(/curl.*\n/);
    expect(cli.stdout).toContain(`  curl -i ${url}/\n`);
    expect(await get(`${url}/`)).toBe("401 no token");
    const response = await fetch(`${url}/a?b=c`, {
      method: "PUT",
      body: "hello",
      headers: { authorization: "Bearer x" },
    });
    expect(await response.json()).toMatchObject({
      method: "PUT",
      path: "/a?b=c",
      body: "hello",
      bodyBytes: 5,
      headers: { authorization: "Bearer x", "content-length": "5" },
    });
    await cli.output(/^[\d:.]+ GET \/ → 401 in \d+ ms · \S+ break\n[\d:.]+ PUT \/a → 200 in \d+ ms · \S+ continue$/m);
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(0);
  });

  it("serves and stops as ever while nobody takes what it tells", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": answering("first") });
    const full = await open("/dev/full", "w");
    await using cli = new CliProcess(["dev", "policy.ts", "--port", "0"], {
      cwd: project.folder,
      standardError: full.fd,
    });
    await full.close();
    const url = await cli.url();
    for (let i = 0; i < 3; i++) {
      expect(await get(url)).toBe("200 first");
    }
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(0);
  });

  it("runs a saved policy for new exchanges, and ends the others on the former code", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": answering("first") });
    await using cli = dev(project);
    const url = await cli.url();
    expect(await get(url)).toBe("200 first");
    const open = new OpenRequest(url);
    // The gateway reads connections in the order of their requests: this one has arrived when a later one is answered.
    expect(await get(url)).toBe("200 first");
    await project.write("policy.ts", answering("second"));
    await answers(url, "200 second");
    expect(await open.end()).toBe("first");
    expect(await get(url)).toBe("200 second");
  });

  it("drops no request while saves come and go", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": answering("0") });
    await using cli = dev(project);
    const url = await cli.url();
    const seen = new Set<string>();
    for (let save = 1; save <= 5; save += 1) {
      await project.write("policy.ts", answering(String(save)));
      for (let answer = ""; answer !== `200 ${save}`; seen.add(answer)) {
        answer = await get(url);
      }
    }
    expect([...seen].every((answer) => /^200 [0-5]$/.test(answer))).toBe(true);
  });

  it("takes up what the policy imports, and a file that was missing", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": `import { text } from "./lib/text.js";\n${answering("text").replace('"text"', "text")}`,
      "lib/text.ts": 'export const text = "first";\n',
    });
    await using cli = dev(project);
    const url = await cli.url();
    expect(await get(url)).toBe("200 first");
    await project.write("lib/text.ts", 'export { text } from "./more.js";\n');
    await cli.output(/The import "\.\/more\.js" could not be found/);
    await project.write("lib/more.ts", 'export const text = "second";\n');
    await answers(url, "200 second");
  });

  it("keeps the former code when a save is broken, and shows where", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": answering("first") });
    await using cli = dev(project);
    const url = await cli.url();
    await project.write("policy.ts", `${answering("second")}oh no\n`);
    await cli.output(/policy\.ts:12:4: Expected ";" but found "no"\.\n.*10 \|[^]*> 12 \| oh no\n +\| +\^\^/);
    expect(await get(url)).toBe("200 first");
    await project.write("policy.ts", `${answering("second")}throw new Error("at load");\n`);
    await cli.output(/policy\.ts:12:7: the policy cannot be loaded: at load\n[^]*> 12 \| throw new Error/);
    expect(await get(url)).toBe("200 first");
    await project.write("policy.ts", answering("third"));
    await answers(url, "200 third");
  });

  it("gives the policy its configuration, from the command line or from a file that is watched, too", async () => {
    const policy = `import { definePolicy, Response } from "sluice";
const validate = (value: any) => typeof value.text === "string" ? { value } : { issues: [{ message: "text?", path: ["text"] }] };
export default definePolicy({
  config: { "~standard": { version: 1, vendor: "test", validate } },
  onRequest: (request, { config }) => new Response(200).withBody(config.text),
});\n`;
    await using project = await TemporaryProject.create({
      "policy.ts": policy,
      "config/policy.yaml": "text: from file\n",
    });
    {
      await using cli = dev(project, "--config", '{ "text": "from line" }');
      expect(await get(await cli.url())).toBe("200 from line");
    }
    await using cli = dev(project, "--config", "config/policy.yaml");
    const url = await cli.url();
    expect(await get(url)).toBe("200 from file");
    await project.write("config/policy.yaml", "text: 5\n");
    await cli.output(/config\/policy\.yaml:1:7 text\n +text\?/);
    await project.write("config/policy.yaml", "text: changed\n");
    await answers(url, "200 changed");
    await using refused = dev(project);
    expect(await refused.exit()).toBe(2);
    expect(refused.stderr).toContain("--config:1:1 text\n  text?");
  });

  it("calls further upstreams by name", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": passing });
    await using other = dev(project);
    await project.write(
      "calling.ts",
      `import { definePolicy, Response } from "sluice";
import { upstream } from "sluice/upstream";
export default definePolicy({
  async onRequest(_request, context) {
    const response = await upstream(context, "other").fetch("/called");
    return new Response(response.json<{ path: string }>().path);
  },
});\n`,
    );
    await using cli = new CliProcess(
      ["dev", "calling.ts", "--port", "0", "--upstream", `other=${await other.url()}`, "--upstream", await other.url()],
      { cwd: project.folder },
    );
    expect(await get(await cli.url())).toBe("200 /called");
    await using echoing = new CliProcess(["dev", "calling.ts", "--port", "0", "--upstream", "other=echo"], {
      cwd: project.folder,
    });
    expect(await get(await echoing.url())).toBe("200 /called");
  });

  it("shows what was in an exchange where that is wanted, without secrets", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": `import { definePolicy } from "sluice";
export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    headers.set("x-added", "1");
  },
});\n`,
    });
    await using cli = dev(project, "--verbose");
    await get(await cli.url(), { authorization: "Bearer s3cret", "x-given": "a" });
    await cli.output(
      / {2}forwarded to \S+ with changes\n {4}\+ x-added: 1\n {2}response, body \d+ bytes\n {4}:status: 200\n/,
    );
    expect(cli.stderr).toMatch(/ {2}request from \S+, body 0 bytes\n(?: {4}.*\n)* {4}x-given: a\n/);
    expect(cli.stderr).toContain("    authorization: [redacted]\n");
    expect(cli.stderr).not.toContain("s3cret");
  });

  it("shows what the policy logs from debug on, and where it failed, line by line", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": `import { definePolicy } from "sluice";
export default definePolicy({
  onRequest(request, { logger }) {
    logger.debug("looking", { token: "s3cret" });
    throw new Error("lost with Bearer s3cret");
  },
});\n`,
    });
    await using cli = dev(project);
    await get(await cli.url());
    await cli.output(/DEBUG: looking .*"token":"\[redacted\]"/);
    await cli.output(/POLICY_FAILED[^]*\n +at .*policy\.ts:5:11\)\n/);
    expect(cli.stderr).not.toContain("s3cret");
  });

  it("exits with 2 for a policy that is broken at the start", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": 'import "node:fs";\n' });
    await using cli = dev(project);
    expect(await cli.exit()).toBe(2);
    expect(cli.stderr).toContain('policy.ts:1:8: "node:fs" is not available in a policy');
    expect(cli.stderr).not.toContain("    at ");
  });

  it("exits with 1 and says so when its port is taken", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": passing });
    await using first = dev(project);
    const { port } = new URL(await first.url());
    await using second = dev(project, "--port", port);
    expect(await second.exit()).toBe(1);
    expect(second.stderr).toContain(`127.0.0.1:${port}: EADDRINUSE`);
    expect(second.stderr).not.toContain("    at ");
    first.signal("SIGINT");
    expect(await first.exit()).toBe(0);
  });

  it("exits with 2 for a module, which has no source to watch", async () => {
    await using project = await TemporaryProject.create({ "policy.wasm": "" });
    await using cli = new CliProcess(["dev", "policy.wasm", "--port", "0"], { cwd: project.folder });
    expect(await cli.exit()).toBe(2);
    expect(cli.stderr).toContain("sluice dev runs a policy's source, got the module policy.wasm");
  });
});
