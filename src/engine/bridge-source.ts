/**
 * The part of the bridge that is made from the tables in `abi/`: C for what it asks of a host of proxy-wasm, for the functions that
 * pass the guest's hostcalls on, and for the callbacks. `scripts/build-quickjs.mjs` writes it to `bridge/generated/`.
 */
import { type CallbackSignature, callbacks } from "../abi/callbacks.js";
import { type HostcallSignature, hostcalls, type ParameterKind, type ResultKind } from "../abi/hostcalls.js";
import { guestFunctionNames, headChanges, hostcallNames, ownCallbacks, ownHostcalls } from "./bridge-tables.js";

/** Sources by file name. */
export function generatedSources(): ReadonlyMap<string, string> {
  return new Map([
    ["host.h", host()],
    ["event-numbers.h", eventNumbers()],
    ["hostcalls.c", hostcallFunctions()],
    ["callbacks.c", callbackFunctions()],
  ]);
}

function described(text: string): string {
  return `/* ${text} Made of src/abi/ by src/engine/bridge-source.ts. */\n`;
}

function host(): string {
  const declarations = Object.values(hostcalls).map(({ import: name, parameters, results }) => {
    const types = [...parameters.flatMap(parameterTypes), ...results.flatMap(outTypes)];
    return `HOSTCALL(${name}, (${types.join(", ") || "void"}))`;
  });
  return `${described("The calls of proxy-wasm that a host has for the engine; each answers with a status.")}\n${declarations.join("\n")}\n`;
}

const numbers: Readonly<Partial<Record<ParameterKind | ResultKind, string>>> = {
  i32: "int32_t",
  i64: "int64_t",
  nanoseconds: "uint64_t",
};

function parameterTypes(kind: ParameterKind): string[] {
  const number = numbers[kind];
  return number === undefined ? ["const uint8_t *", "size_t"] : [number];
}

function outTypes(kind: ResultKind): string[] {
  const number = numbers[kind];
  return number === undefined ? ["uint8_t **", "size_t *"] : [`${number} *`];
}

function hostcallFunctions(): string {
  const made = Object.entries(hostcalls).filter(([name]) => !ownHostcalls.has(name));
  return `${described("The hostcalls as functions for QuickJS.")}
${made.map(([name, signature]) => hostcallFunction(signature, headChanges.has(name))).join("\n")}
/* In the order of \`hostcallNames\`. */
static JSCFunction *const hostcalls[] = {
${hostcallNames.map((name) => `    ${functionName(hostcalls[name])},`).join("\n")}
};
`;
}

function functionName({ import: imported }: HostcallSignature): string {
  return imported.replace("proxy_", "hostcall_");
}

/** Passes its arguments to the host and the host's results back. */
function hostcallFunction(signature: HostcallSignature, changesHead: boolean): string {
  const { import: imported, parameters, results, returns } = signature;
  const reads: string[] = [];
  const passed = parameters.flatMap((kind, index) => {
    if (kind === "i32" || kind === "i64") {
      return [`${kind}_argument(ctx, values[${index}])`];
    }
    const text = `texts[${reads.length}]`;
    reads.push(`!${readers[kind]}(ctx, values[${index}], &${text})`);
    return [`${text}.bytes`, `${text}.length`];
  });
  const outs = results.flatMap((kind, index) =>
    numbers[kind] === undefined ? [`&result${index}.bytes`, `&result${index}.length`] : [`&result${index}`],
  );
  const call = `${imported}(${[...passed, ...outs].join(", ")});`;
  const count = reads.length;
  const lines = [
    ...(count > 0 ? [`Text texts[${count}] = {0};`] : []),
    ...results.map(
      (kind, index) => `${numbers[kind] ?? "Received"} result${index} = ${kind in numbers ? "0" : "{0}"};`,
    ),
    ...(count > 0 ? [`if (${reads.join(" || ")})`, `    return refuse(ctx, texts, ${count});`] : []),
    ...(changesHead ? ["release_pairs();"] : []),
    returns === "nothing" ? call : `int32_t status = ${call}`,
    ...(count > 0 ? [`release_arguments(ctx, texts, ${count});`] : []),
    ...returnLines(returns, results),
  ];
  return `static JSValue ${functionName(signature)}(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    ${lines.join("\n    ")}
}
`;
}

const readers = {
  utf8: "read_utf8",
  byteString: "read_byte_string",
  bytes: "read_bytes",
  headers: "serialise_headers",
  path: "serialise_path",
} as const;

const resultFunctions: Readonly<Record<ResultKind, string>> = {
  i32: "JS_NewInt32",
  i64: "i64_result",
  utf8: "utf8_result",
  byteString: "byte_string_result",
  bytes: "bytes_result",
  headers: "headers_result",
  nanoseconds: "nanoseconds_result",
};

function returnLines(returns: HostcallSignature["returns"], kinds: readonly ResultKind[]): string[] {
  const value = (index: number): string => `${resultFunctions[kinds[index]!]}(ctx, result${index})`;
  switch (returns) {
    case "nothing":
      return ["return JS_UNDEFINED;"];
    case "status":
      return ["return JS_NewInt32(ctx, status);"];
    case "handle":
      return ["return JS_NewInt32(ctx, status == 0 ? result0 : -status);"];
    case "value":
      return [`return status == 0 ? ${value(0)} : ${kinds[0] === "headers" ? "JS_NewArray(ctx)" : "JS_UNDEFINED"};`];
    case "tuple":
      return [
        "if (status != 0)",
        "    return JS_UNDEFINED;",
        "JSValue tuple = JS_NewArray(ctx);",
        ...kinds.map((_, index) => `JS_SetPropertyUint32(ctx, tuple, ${index}, ${value(index)});`),
        "return tuple;",
      ];
  }
}

function callbackFunctions(): string {
  const made = Object.entries(callbacks).filter(([name]) => !ownCallbacks.has(name));
  return `${described("The callbacks that a host calls.")}
${made.map(([name, signature]) => callbackFunction(signature, eventName(name))).join("\n")}`;
}

function callbackFunction({ export: exported, parameters, result, stream }: CallbackSignature, event: string): string {
  const values = parameters.map((kind, index) =>
    kind === "boolean" ? `JS_NewBool(bridge.context, p${index} != 0)` : `JS_NewInt32(bridge.context, p${index})`,
  );
  const declared = parameters.map((_, index) => `int32_t p${index}`).join(", ");
  const goOn = result === "boolean" ? "return 1;" : result === "action" ? "return CONTINUE;" : "return;";
  const call =
    stream === undefined
      ? `deliver(${event}, p0, countof(values), values, 0);`
      : `stream_event(${event}, ${stream.toUpperCase()}, p0, countof(values), values);`;
  return `EXPORT(${exported}) ${result === "nothing" ? "void" : "int32_t"} ${exported}(${declared})
{
    if (!is_wanted(${event}, p0))
        ${goOn}
    JSValueConst values[] = {${values.join(", ")}};
    ${result === "nothing" ? "" : "return "}${call}
}
`;
}

function eventName(name: string): string {
  return `EVENT_${name
    .replace(/^on(?=[A-Z])/, "")
    .replace(/(?<=.)[A-Z]/g, "_$&")
    .toUpperCase()}`;
}

function eventNumbers(): string {
  return `${described("The guest's functions, in the order of `guestFunctionNames`.")}
enum {
${guestFunctionNames.map((name) => `    ${eventName(name)},`).join("\n")}
    GUEST_FUNCTIONS,
};
`;
}
