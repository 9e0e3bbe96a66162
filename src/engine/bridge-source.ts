/**
 * The part of the bridge that is made from the tables in `abi/`: AssemblyScript for the imports, the hostcalls and the callbacks
 * of proxy-wasm.
 */
import { type CallbackSignature, callbacks, engineEvents } from "../abi/callbacks.js";
import { type HostcallSignature, hostcalls, type ParameterKind, type ResultKind } from "../abi/hostcalls.js";

/** The hostcalls' names, in the order in which the bridge hands its functions to the prelude. */
export const hostcallNames = Object.keys(hostcalls) as readonly (keyof typeof hostcalls)[];

/** The names of the guest's functions, in the order in which the bridge keeps them. */
export const guestFunctionNames = [...(Object.keys(callbacks) as (keyof typeof callbacks)[]), ...engineEvents] as const;

/** What the bridge does by itself around a hostcall, and in which of its files. */
const ownHostcalls: ReadonlyMap<string, string> = new Map([
  ["setEffectiveContext", "streams"],
  ["continueStream", "streams"],
  ["sendLocalResponse", "answers"],
]);

/** Those that the bridge calls by itself, whatever the guest does. */
export const bridgeHostcalls: ReadonlySet<string> = new Set([...ownHostcalls.keys(), "closeStream", "log"]);

/** What the bridge does by itself around a callback; see `bridge/events.ts`. It needs them whether the guest has them or not. */
export const ownCallbacks: ReadonlySet<string> = new Set([
  "onContextCreate",
  "onRequestHeaders",
  "onResponseHeaders",
  "onDone",
]);

/** Sources by file name, beside those of the folder `bridge`. */
export function generatedSources(): ReadonlyMap<string, string> {
  return new Map([
    ["proxy-wasm.ts", imports()],
    ["hostcalls.ts", hostcallFunctions()],
    ["callbacks.ts", callbackFunctions()],
    ["event-numbers.ts", eventNumbers()],
  ]);
}

function imports(): string {
  const declarations = Object.values(hostcalls).map((signature) => {
    const types = [...signature.parameters.flatMap(parameterTypes), ...signature.results.flatMap(outTypes)];
    const parameters = types.map((type, index) => `p${index}: ${type}`).join(", ");
    return `@external("env", "${signature.import}")\nexport declare function ${signature.import}(${parameters}): i32;`;
  });
  return `${declarations.join("\n")}\n`;
}

function parameterTypes(kind: ParameterKind): string[] {
  return kind === "i32" ? ["i32"] : kind === "i64" ? ["i64"] : ["usize", "usize"];
}

function outTypes(kind: ResultKind): string[] {
  return isNumber(kind) ? ["usize"] : ["usize", "usize"];
}

function isNumber(kind: ResultKind): boolean {
  return kind === "i32" || kind === "i64" || kind === "nanoseconds";
}

function hostcallFunctions(): string {
  const made = Object.entries(hostcalls).filter(([name]) => !ownHostcalls.has(name));
  const cases = hostcallNames.map((name, index) => `    case ${index}: return ${name};`);
  return `import { context } from "./state";
import { EXCEPTION, fromInt, JS_NewArray, JS_SetPropertyUint32, UNDEFINED } from "./quickjs";
import {
  bytes, byteString, clearResults, headers, i32Argument, i32Result, i64Argument, lengthOf, path, pointerOf, refuse, release, resultAt,
  toByteString, toBytes, toHeaders, toI32, toI64, toNanoseconds, toUtf8, utf8,
} from "./crossing";
import { NativeFunction } from "./native-function";
import * as host from "./proxy-wasm";
${[...ownHostcalls].map(([name, file]) => `import { ${name} } from "./${file}";`).join("\n")}

${made.map(([name, signature]) => hostcallFunction(name, signature)).join("\n")}
export const HOSTCALLS: i32 = ${hostcallNames.length};

export function hostcallAt(index: i32): NativeFunction {
  switch (index) {
${cases.slice(0, -1).join("\n")}
    default: return ${hostcallNames.at(-1)!};
  }
}
`;
}

/** A QuickJS C function that passes its arguments to the host and the host's results back. */
function hostcallFunction(name: string, { import: imported, parameters, results, returns }: HostcallSignature): string {
  const slots: string[] = [];
  const passed = parameters.flatMap((kind, index) => {
    if (kind === "i32" || kind === "i64") {
      return [`${kind}Argument(values, ${index})`];
    }
    const slot = slots.push(`${kind}(${slots.length}, values, ${index})`) - 1;
    return [`pointerOf(${slot})`, `lengthOf(${slot})`];
  });
  const outs = results.flatMap((kind, index) =>
    isNumber(kind) ? [`resultAt(${index})`] : [`resultAt(${index})`, `resultAt(${index}) + 4`],
  );
  const call = `host.${imported}(${[...passed, ...outs].join(", ")})`;
  const lines = [
    ...(slots.length > 0 ? [`if (!(${slots.join(" && ")})) return refuse();`] : []),
    ...(results.length > 0 ? [`clearResults(${results.length});`] : []),
    returns === "nothing" ? `${call};` : `const status = ${call};`,
    ...(slots.length > 0 ? [`release(${slots.length});`] : []),
    ...returnLines(returns, results),
  ];
  return `function ${name}(c: usize, self: i64, count: i32, values: usize): i64 {\n  ${lines.join("\n  ")}\n}\n`;
}

function returnLines(returns: HostcallSignature["returns"], results: readonly ResultKind[]): string[] {
  const value = (index: number): string =>
    `to${results[index]!.replace(/^./, (first) => first.toUpperCase())}(${index})`;
  switch (returns) {
    case "nothing":
      return ["return UNDEFINED;"];
    case "status":
      return ["return fromInt(status);"];
    case "handle":
      return ["return fromInt(status == 0 ? i32Result(0) : -status);"];
    case "value":
      return [`return status == 0 ? ${value(0)} : ${results[0] === "headers" ? "JS_NewArray(context)" : "UNDEFINED"};`];
    case "tuple":
      return [
        "if (status != 0) return UNDEFINED;",
        "const tuple = JS_NewArray(context);",
        ...results.map((_, index) => `JS_SetPropertyUint32(context, tuple, ${index}, ${value(index)});`),
        "return tuple;",
      ];
  }
}

function callbackFunctions(): string {
  const made = Object.entries(callbacks).map(([name, signature], index) =>
    ownCallbacks.has(name) ? `export { ${signature.export} } from "./events";` : callbackFunction(signature, index),
  );
  return `import { fromBool, fromInt } from "./quickjs";
import { deliver, streamEvent, wanted } from "./events";
import { setArgument } from "./guest";

${made.join("\n\n")}
`;
}

function callbackFunction({ export: exported, parameters, result, stream }: CallbackSignature, event: number): string {
  const names = parameters.map((_, index) => `p${index}`);
  const sets = parameters.map(
    (kind, index) =>
      `setArgument(${index}, ${kind === "boolean" ? `fromBool(p${index} != 0)` : `fromInt(p${index})`});`,
  );
  const declared = names.map((name) => `${name}: i32`).join(", ");
  const goOn = result === "boolean" ? "return 1;" : result === "action" ? "return 0;" : "return;";
  const direction = stream === undefined ? undefined : stream === "request" ? 0 : 1;
  const call =
    direction === undefined
      ? `deliver(${event}, p0, ${parameters.length}, 0)`
      : `streamEvent(${event}, ${direction}, p0, ${parameters.length})`;
  return `export function ${exported}(${declared}): ${result === "nothing" ? "void" : "i32"} {
  if (!wanted(${event}, p0)) ${goOn}
  ${sets.join("\n  ")}
  ${result === "nothing" ? "" : "return "}${call};
}`;
}

function eventNumbers(): string {
  const constants = guestFunctionNames.map(
    (name, index) =>
      `export const EVENT_${name
        .replace(/^on(?=[A-Z])/, "")
        .replace(/(?<=.)[A-Z]/g, "_$&")
        .toUpperCase()}: i32 = ${index};`,
  );
  return `${constants.join("\n")}\nexport const GUEST_FUNCTIONS: i32 = ${guestFunctionNames.length};\n`;
}
