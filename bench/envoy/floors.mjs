// What Envoy itself costs a module: each callback and each hostcall, with modules that do nothing else. See ../README.md.
//
//   node bench/envoy/floors.mjs [--rounds 15] [--seconds 0.5]
//
// Needs wrk and taskset (Debian packages wrk and util-linux).
import { parseArgs } from "node:util";
import { buildFloors, REPEATS } from "./support/floor-modules.mjs";
import { measureLoad } from "./support/measure.mjs";
import { loadTable } from "./support/report.mjs";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, seconds: { type: "string", default: "1" } },
});
const options = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  log: (/** @type {string} */ line) => console.error(line),
};
const none = /** @type {import("./support/peers.mjs").Peer} */ ({ name: "none", kind: "none", denies: false });

const { callbacks, hostcalls } = await buildFloors();
console.log(
  `${options.rounds} rounds of ${options.seconds} s. "allow": with an authorization header; "deny": without it; every answer is 200.`,
);
console.log(`\n## The callbacks that a module exports\n${loadTable(await measureLoad([none, ...callbacks], options))}`);
console.log(
  `\n## Hostcalls, ${REPEATS} in the request's headers\n${loadTable(await measureLoad([none, ...hostcalls], options))}`,
);
