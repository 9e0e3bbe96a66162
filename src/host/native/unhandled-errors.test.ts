/** Whose error it is that nobody caught, and what becomes of the others: asked of a process of its own. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const module = fileURLToPath(new URL("unhandled-errors.ts", import.meta.url));

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `script` with `logUnhandledErrors` and the policies `a` and `b` at hand; what they log is printed. */
async function run(script: string): Promise<Ended> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { logUnhandledErrors } from ${JSON.stringify(module)};
        const policy = (name) => ({ name, filename: "/p/" + name + ".bundle.cjs", guest: {}, onLog: (_level, record) => console.log(JSON.stringify(record)) });
        const [a, b] = [policy("a"), policy("b")];
        const inPolicy = (error, name = "a") => Object.assign(error, { stack: error.name + "\\n    at f (/p/" + name + ".bundle.cjs:3:4)" });
        const inGateway = (error) => Object.assign(error, { stack: "Error: defect\\n    at f (file:///gateway/listener.js:3:4)" });
        setImmediate(() => setImmediate(() => setImmediate(() => console.log("went on"))));
        ${script}`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
  });
  const child = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", outputFiles[0]!.text]);
  return child.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Ended,
  );
}

describe("an error that nobody caught, while policies run,", () => {
  it.each([
    [
      "that was thrown in a policy",
      'logUnhandledErrors(a); queueMicrotask(() => { throw inPolicy(new Error("x")); });',
      '"a"',
    ],
    [
      "with which a policy rejected",
      'logUnhandledErrors(a); logUnhandledErrors(b); void Promise.reject(inPolicy(new Error("x"), "b"));',
      '"b"',
    ],
    ["that is none", "logUnhandledErrors(a); void Promise.reject(Object.create(null));", '"a"'],
    [
      "that is none, of which of two is not known",
      "logUnhandledErrors(a); logUnhandledErrors(b); void Promise.reject(Symbol());",
      '"a, b"',
    ],
    [
      "of a built-in function that a policy made a reaction",
      'logUnhandledErrors(a); void Promise.resolve("{").then(JSON.parse);',
      '"a"',
    ],
    [
      "of a web API that a policy made a reaction: an encoding",
      'logUnhandledErrors(a); const decoder = new TextDecoder("utf-8", { fatal: true }); void Promise.resolve(new Uint8Array([255])).then(decoder.decode.bind(decoder));',
      '"a"',
    ],
    [
      "of a web API that a policy made a reaction: a URL",
      'logUnhandledErrors(a); void Promise.resolve(["x"]).then(Reflect.construct.bind(null, URL));',
      '"a"',
    ],
    [
      "of a web API that a policy made a reaction: cryptography",
      'logUnhandledErrors(a); void Promise.resolve("raw").then(crypto.subtle.importKey.bind(crypto.subtle));',
      '"a"',
    ],
    [
      "while the last policy is closed",
      'const close = logUnhandledErrors(a); close(); void Promise.reject(inPolicy(new Error("x")));',
      '"a"',
    ],
  ])("is logged, and the process goes on: %s", async (_what, script, policy) => {
    const { code, stdout, stderr } = await run(script);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`"policy":${policy}`);
    expect(stdout).toContain("POLICY_FAILED: code of");
    expect(stdout).toContain("went on");
  });

  it.each([
    [
      "thrown in the gateway",
      'logUnhandledErrors(a); queueMicrotask(() => { throw inGateway(new Error("defect")); });',
      "defect",
    ],
    [
      "a rejection in the gateway",
      'logUnhandledErrors(a); void Promise.reject(inGateway(new Error("defect")));',
      "defect",
    ],
    [
      "of the system",
      'import { createServer } from "node:net"; logUnhandledErrors(a); createServer().listen(0, "203.0.113.1");',
      "EADDRNOTAVAIL",
    ],
    [
      "of a policy when none runs any more",
      'logUnhandledErrors(a)(); setImmediate(() => setImmediate(() => { throw inPolicy(new Error("late")); }));',
      "late",
    ],
  ])("ends the process as Node does, with its message: %s", async (_what, script, message) => {
    const { code, stdout, stderr } = await run(script);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
  });

  it("is its policy's where the policy made the promise, whatever the reason's stack says", async () => {
    const { code, stdout, stderr } = await run(`
      let made;
      a.guest = { onUnhandled: (error, promise) => promise === made && (console.log("known", error.message), true) };
      logUnhandledErrors(a);
      logUnhandledErrors(b);
      made = Promise.reject(inGateway(new Error("from elsewhere")));`);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("known from elsewhere");
    expect(stdout).toContain("went on");
  });

  it("is told to other listeners as well, and one that is no policy's to them alone, once", async () => {
    const { code, stdout } = await run(`
      process.on("unhandledRejection", (reason) => console.log("other", reason.message, process.listenerCount("unhandledRejection")));
      logUnhandledErrors(a);
      void Promise.reject(inGateway(new Error("first")));
      setImmediate(() => { void Promise.reject(inPolicy(new Error("second"))); });`);
    expect(code).toBe(0);
    expect(stdout.split("\n").filter((line) => line.startsWith("other"))).toEqual(["other first 1", "other second 2"]);
    expect(stdout).toContain('"policy":"a"');
  });

  it("leaves no listeners behind when the policies are closed", async () => {
    const { stdout } = await run(`
      const closes = [logUnhandledErrors(a), logUnhandledErrors(b)];
      console.log("open", process.listenerCount("uncaughtException"), process.listenerCount("unhandledRejection"));
      for (const close of closes) close();
      setImmediate(() => setImmediate(() => console.log("closed", process.listenerCount("uncaughtException"), process.listenerCount("unhandledRejection"))));`);
    expect(stdout).toContain("open 1 1\nclosed 0 0");
  });
});
