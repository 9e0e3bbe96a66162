// Where a module's time goes: microseconds and hostcalls of each proxy-wasm callback, in Node's V8 with the optimising compiler
// only, as Envoy's V8 runs. See ../README.md.
//
//   node bench/envoy/profile.mjs [--policy policy.ts | --module x.wasm] [--exchanges 8000] [--functions 25] [--cold]
//   node bench/envoy/profile.mjs [--policy policy.ts | --module x.wasm] --opcodes 25
//
// `--cold`: other code runs before each callback, so that little of the module is in the processor's caches, as in a proxy.
// `--opcodes`: what the interpreter runs, by function; no load of the machine changes these figures.
// Needs a build (npm run build).
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { CASES, EXCHANGE } from "./support/exchanges.mjs";
import { profileFunctions } from "./support/function-profile.mjs";
import { ModuleHost } from "./support/module-host.mjs";
import { countOpcodes } from "./support/opcodes.mjs";
import { createOtherWork } from "./support/other-work.mjs";
import { compileFile, compileTo } from "./support/policy-module.mjs";
import { quantile } from "./support/statistics.mjs";

const { values } = parseArgs({
  options: {
    policy: {
      type: "string",
      default: fileURLToPath(new URL("../../examples/stop-request/policy.ts", import.meta.url)),
    },
    module: { type: "string" },
    configuration: { type: "string", default: "{}" },
    exchanges: { type: "string", default: "8000" },
    functions: { type: "string", default: "0" },
    cold: { type: "boolean", default: false },
    opcodes: { type: "string", default: "0" },
  },
});

/** Exchanges that are open at a time: the callbacks of each kind are timed together, and no timer is part of what it measures. */
const BATCH = 32;

const v8Flags = ["--no-liftoff", "--no-wasm-tier-up", "--no-wasm-lazy-compilation"];
if (values.opcodes !== "0") {
  await showOpcodes();
} else if (process.execArgv.includes("--no-liftoff")) {
  await profile(resolve(values.module ?? ""));
} else {
  await inOwnProcess();
}

async function showOpcodes() {
  const compiled =
    values.module === undefined
      ? await compileFile(pathToFileURL(resolve(values.policy)), { keepsPositions: true })
      : { wasm: await readFile(values.module) };
  for (const [name, { opcodes, callbacks, functions }] of await countOpcodes(compiled.wasm, {
    ...compiled,
    configuration: values.configuration,
  })) {
    console.log(`\n| ${name} | opcodes | calls |\n|---|---|---|`);
    for (const [callback, count] of callbacks) {
      console.log(`| ${callback} | ${count} | |`);
    }
    for (const { place, opcodes: count, calls } of functions.slice(0, Number(values.opcodes))) {
      console.log(`| ${place} | ${count} | ${calls} |`);
    }
    console.log(`| all | ${opcodes} | |`);
  }
}

/** V8's settings are for the module alone: with them the compiler of policies may wait for ever (seen with Node 26). */
async function inOwnProcess() {
  const folder = await mkdtemp(join(tmpdir(), "sluice-profile-"));
  try {
    const module = values.module ?? join(folder, "policy.wasm");
    if (values.module === undefined) {
      await compileTo(pathToFileURL(resolve(values.policy)), module);
    }
    const options = [
      "--module",
      module,
      "--configuration",
      values.configuration,
      "--exchanges",
      values.exchanges,
      "--functions",
      values.functions,
      ...(values.cold ? ["--cold"] : []),
    ];
    const { status } = spawnSync(process.execPath, [...v8Flags, process.argv[1] ?? "", ...options], {
      stdio: "inherit",
    });
    process.exitCode = status ?? 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} module */
async function profile(module) {
  const host = await ModuleHost.start(module, values.configuration);
  const exchanges = Number(values.exchanges);
  const measure = values.cold ? measureCold(createOtherWork()) : measureWarm;
  for (const headers of Object.values(CASES)) {
    measure(host, headers, exchanges / 4);
  }
  for (const [name, headers] of Object.entries(CASES)) {
    report(host, name, measure(host, headers, exchanges));
  }
  console.log(`${host.memoryBytes / 65_536} pages of memory, ${host.log.length} lines logged`);
  if (Number(values.functions) > 0) {
    await profileFunctions(Number(values.functions), () => {
      for (const headers of Object.values(CASES)) {
        measure(host, headers, exchanges * 4);
      }
    });
  }
}

/**
 * Microseconds a callback: the fastest tenth of the batches, which other load on the machine disturbs least.
 * @param {ModuleHost} host @param {import("./support/module-host.mjs").HeaderPairs} headers @param {number} exchanges
 */
function measureWarm(host, headers, exchanges) {
  const steps = stepsOf(host, headers);
  for (let batch = 0; batch < exchanges / BATCH; batch++) {
    for (const { args, callback, times } of steps) {
      const started = performance.now();
      for (let id = 2; id < BATCH + 2; id++) {
        callback(id, ...args);
      }
      times.push(((performance.now() - started) * 1e3) / BATCH);
    }
  }
  return fastest(steps);
}

/**
 * Microseconds a callback, each of which is timed by itself (which takes some 0.1 µs) after `otherWork`.
 * @param {() => void} otherWork @returns {typeof measureWarm}
 */
function measureCold(otherWork) {
  return (host, headers, exchanges) => {
    const steps = stepsOf(host, headers);
    for (let id = 2; id < exchanges + 2; id++) {
      for (const { args, callback, times } of steps) {
        otherWork();
        const started = performance.now();
        callback(id, ...args);
        times.push((performance.now() - started) * 1e3);
      }
    }
    return fastest(steps);
  };
}

/** @param {ModuleHost} host @param {import("./support/module-host.mjs").HeaderPairs} headers */
function stepsOf(host, headers) {
  host.headers = headers;
  return EXCHANGE.flatMap(([name, ...args]) => {
    const callback = host.callback(name);
    /** @type {number[]} */
    const times = [];
    return callback === undefined ? [] : { name, args, callback, times };
  });
}

/** @param {ReturnType<typeof stepsOf>} steps */
function fastest(steps) {
  return steps.map(({ name, args, callback, times }) => ({ name, args, callback, microseconds: quantile(times, 0.1) }));
}

/** @param {ModuleHost} host @param {string} title @param {ReturnType<typeof measureWarm>} steps */
function report(host, title, steps) {
  console.log(`\n| ${title} | µs | hostcalls |\n|---|---|---|`);
  for (const { name, args, callback, microseconds } of steps) {
    const calls = host.countHostcalls(() => callback(2, ...args));
    const list = [...calls].map(([call, count]) => `${count} ${call}`).join(", ");
    console.log(`| ${name} | ${microseconds.toFixed(2)} | ${list} |`);
  }
  console.log(`| all | ${steps.reduce((sum, { microseconds }) => sum + microseconds, 0).toFixed(2)} | |`);
}
