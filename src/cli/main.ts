#!/usr/bin/env node
/** The command line. A command is loaded when it is called. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { defaultCaFile } from "../envoy/ca-file.js";
import { SluiceError } from "../errors.js";
import type { BuildArguments } from "./build.js";
import type { DevArguments } from "./dev-options.js";
import type { EnvoyArguments } from "./envoy.js";
import { reportFailure } from "./failure.js";
import type { NewArguments } from "./new.js";
import type { ShowArguments } from "./policies.js";
import type { RunArguments } from "./run.js";
import type { RunEnvoyArguments } from "./run-envoy.js";
import { cpuOption, targetOption } from "./targets.js";
import { templates } from "./templates.js";
import type { TestArguments } from "./test.js";

function commands(): Command {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const program = new Command("sluice")
    .description("HTTP gateway policies in TypeScript.")
    .version(version)
    .exitOverride();
  program
    .command("new")
    .description("begin a policy: a folder with the policy, its tests and all that they need")
    .argument("<folder>", "the folder to be made; its name is the project's")
    .addOption(
      new Option("--template <name>", `what it begins with: ${templateList()}`)
        .choices(Object.keys(templates))
        .default("request"),
    )
    .action(async (folder: string, options: NewArguments) => {
      const { newProject } = await import("./new.js");
      await newProject(folder, options);
    });
  program
    .command("test")
    .description("run a project's tests, with vitest or the runner that Node has, and its cases: files *.cases.yaml")
    .argument("[files...]", "which of them (default: all)")
    .addOption(
      new Option(
        "--engine <engine>",
        "what runs policies: as JavaScript, as the modules that Envoy runs, or Envoy, with modules or natively (cases only)",
      ).choices(["native", "wasm", "envoy", "envoy-native"]),
    )
    .option("--envoy <path>", "the Envoy to start (default: envoy in PATH, or the one in .cache)")
    .option("--watch", "run them again whenever a file is saved", false)
    .action(async (files: string[], options: TestArguments) => {
      const { test } = await import("./test.js");
      process.exitCode = await test(files, options);
    });
  program
    .command("run")
    .description("run the gateway that a file describes")
    .argument("<gateway.yaml>", "the gateway file; docs/gateway.md lists its keys")
    .addOption(
      new Option(
        "--engine <engine>",
        "what runs it; envoy-native: Envoy, with the policies in its own process, without a sandbox",
      )
        .choices(["gateway", "envoy", "envoy-native"])
        .default("gateway"),
    )
    .option("--envoy <path>", "the Envoy to start (default: envoy in PATH, or the one in .cache)")
    .option(
      "--ca <file>",
      "with Envoy: PEM file of the authorities that https upstreams are checked with (default: the system's)",
    )
    .option("-v, --verbose", "on a terminal: show headers, bytes and upstream of each exchange", false)
    .action(
      async (
        file: string,
        {
          engine,
          verbose,
          ...options
        }: RunEnvoyArguments & RunArguments & { engine: "gateway" | "envoy" | "envoy-native" },
      ) => {
        if (engine !== "gateway") {
          if (verbose) {
            throw new SluiceError(
              "USAGE",
              "--verbose is an option of --engine gateway: Envoy tells less about an exchange.",
            );
          }
          const { runEnvoy } = await import("./run-envoy.js");
          await runEnvoy(file, options, { native: engine === "envoy-native" });
          return;
        }
        if (options.envoy !== undefined || options.ca !== undefined) {
          throw new SluiceError(
            "USAGE",
            "--envoy and --ca are options of --engine envoy and envoy-native: give one of these, too, or leave them out.",
          );
        }
        const { run } = await import("./run.js");
        await run(file, { verbose });
      },
    );
  program
    .command("envoy")
    .description(
      "write Envoy's configuration for a gateway file, or manifests for what runs Envoy, with its policies compiled",
    )
    .argument("<gateway.yaml>", "the gateway file")
    .requiredOption("-o, --output <folder>", "where the YAML file and modules/ are written")
    .option(
      "--module-path <folder>",
      "where modules/ is when Envoy runs, such as in a container (default: where it is written)",
    )
    .option(
      "--ca <file>",
      `where Envoy runs: PEM file of the authorities that https upstreams are checked with (default: "${defaultCaFile}")`,
    )
    .addOption(
      new Option("--for <system>", "manifests of the policies for this system instead").choices([
        "istio",
        "envoy-gateway",
      ]),
    )
    .option("--modules <url>", "with --for: where modules/ can be had from (https://, oci://, for Istio file://, too)")
    .addOption(targetOption())
    .addOption(cpuOption())
    .option("--gateway <name>", "with --for istio: the Gateway whose requests the policies see (default: gateway)")
    .addOption(
      new Option("--kind <kind>", "with --for istio: what the manifests are (default: WasmPlugin)").choices([
        "WasmPlugin",
        "TrafficExtension",
      ]),
    )
    .action(async (file: string, options: EnvoyArguments) => {
      const { envoy } = await import("./envoy.js");
      await envoy(file, options);
    });
  program
    .command("dev")
    .description("run one policy, and take it up again whenever it is saved")
    .argument("<policy.ts>", "the policy: its file, or a package that has one")
    .option(
      "--upstream <url>",
      "where requests go (default: echo); <name>=<url> names one that the policy calls, <name>=echo makes it an echo, too",
      collect,
      [],
    )
    .option("--port <number>", "port to listen on; 0 takes a free one", "8080")
    .option("--config <json or file>", "the policy's configuration", "{}")
    .option("-v, --verbose", "show headers, bytes and upstream of each exchange", false)
    .action(async (file: string, options: DevArguments) => {
      const { dev } = await import("./dev.js");
      await dev(file, options);
    });
  program
    .command("build")
    .description("compile policies to one proxy-wasm module for Envoy, or to code that Envoy runs natively")
    .argument(
      "<policies...>",
      "one or several policies: their files, or packages that have one; or a gateway file, for all that it names",
    )
    .option(
      "-o, --output <file.wasm>",
      "where the module goes, or the folder that gets it; its source map lies beside it (default: dist/<name>.wasm; with --target envoy-native: the folder dist)",
    )
    .addOption(targetOption())
    .addOption(cpuOption())
    .option("--check", "refuse type errors; needs TypeScript in the policy's project", false)
    .action(async (policies: string[], options: BuildArguments) => {
      const { build } = await import("./build.js");
      await build(policies, options);
    });
  const policies = program
    .command("policies")
    .description("list the ready policies, which a gateway file calls by sluice/policies/<name>")
    .showHelpAfterError("sluice policies show <name> tells about one.")
    .action(async () => {
      const { listPolicies } = await import("./policies.js");
      listPolicies();
    });
  policies
    .command("show")
    .description("what a ready policy does, and the keys of its configuration")
    .argument("<name>", "the policy: require-header, or sluice/policies/require-header")
    .option("--json", "the JSON Schema of its configuration", false)
    .action(async (name: string, options: ShowArguments) => {
      const { showPolicy } = await import("./policies.js");
      showPolicy(name, options);
    });
  return program;
}

function templateList(): string {
  return Object.entries(templates)
    .map(([name, { about }]) => `${name} ${about}`)
    .join("; ");
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
