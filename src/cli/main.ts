#!/usr/bin/env node
/** The command line. A command is loaded when it is called. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import type { BuildArguments } from "./build.js";
import type { DevArguments } from "./dev-options.js";
import { reportFailure } from "./failure.js";

function commands(): Command {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  const program = new Command("sluice")
    .description("HTTP gateway policies in TypeScript.")
    .version(version)
    .exitOverride();
  program
    .command("run")
    .description("run the gateway that a file describes")
    .argument("<gateway.yaml>", "the gateway file; docs/gateway.md lists its keys")
    .action(async (file: string) => {
      const { run } = await import("./run.js");
      await run(file);
    });
  program
    .command("dev")
    .description("run one policy, and take it up again whenever it is saved")
    .argument("<policy.ts>", "the policy")
    .option("--upstream <url>", "where requests go (default: an echo); <name>=<url> names one that the policy calls", collect, [])
    .option("--port <number>", "port to listen on; 0 takes a free one", "8080")
    .option("--config <json or file>", "the policy's configuration", "{}")
    .action(async (file: string, options: DevArguments) => {
      const { dev } = await import("./dev.js");
      await dev(file, options);
    });
  program
    .command("build")
    .description("compile a policy to a proxy-wasm module for Envoy")
    .argument("<policy.ts>", "the policy")
    .option("-o, --output <file.wasm>", "where the module goes; its source map lies beside it (default: dist/<name>.wasm)")
    .option("--check", "refuse type errors; needs TypeScript in the policy's project", false)
    .action(async (file: string, options: BuildArguments) => {
      const { build } = await import("./build.js");
      await build(file, options);
    });
  return program;
}

function collect(value: string, former: readonly string[]): string[] {
  return [...former, value];
}

try {
  await commands().parseAsync();
} catch (error) {
  // Commander has printed what is wrong with the command line.
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportFailure(error);
}
