import { fileURLToPath } from "node:url";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { longestFrame } from "../thrown.js";
import { isKitFile } from "./package-paths.js";

/** What stacks and debuggers call the bundle of the policy in `file`. */
export function bundleFilename(file: string): string {
  return `${file}.bundle.cjs`;
}

/**
 * Makes a function that rewrites the positions in an error's stack from a bundle, evaluated under `filename`, to the files
 * that it was made of. Frames of the kit are left out, and those of the gateway and of Node where others are there. `map` is
 * decoded at the first stack.
 */
export function createStackMapper(map: string, filename: string): (stack: string) => string {
  let decoded: TraceMap | undefined;
  return (stack) => {
    decoded ??= new TraceMap(map);
    const trace = decoded;
    const lines = stack.split("\n").flatMap((line) => mapFrame(line, filename, trace));
    const shown = lines.filter((line) => !isHostFrame(line));
    return (shown.some(isFrame) ? shown : lines).join("\n");
  };
}

function mapFrame(line: string, filename: string, map: TraceMap): string[] {
  const start = isFrame(line) ? line.indexOf(`${filename}:`) : -1;
  const position = /^:(\d+):(\d+)/.exec(line.slice(start + filename.length));
  if (start < 0 || position === null) {
    return [line];
  }
  // Lines count from 1: in a module the kit's functions have none.
  if (position[1] === "0") {
    return [];
  }
  const original = originalPositionFor(map, { line: Number(position[1]), column: Number(position[2]) - 1 });
  if (original.source === null || !original.source.startsWith("file:")) {
    return [];
  }
  const file = fileURLToPath(original.source);
  const end = start + filename.length + position[0].length;
  return isKitFile(file)
    ? []
    : [`${line.slice(0, start)}${file}:${original.line}:${original.column + 1}${line.slice(end)}`];
}

function isFrame(line: string): boolean {
  return line.length <= longestFrame && line.trimStart().startsWith("at ");
}

/** Of what runs the policy. */
function isHostFrame(line: string): boolean {
  if (!isFrame(line)) {
    return false;
  }
  const place = /(?:\(|at (?:async )?)((?:file:|node:|\/|[A-Za-z]:[\\/])[^()]*?):\d+(?::\d+)?\)?$/.exec(line)?.[1];
  if (place === undefined) {
    return false;
  }
  return place.startsWith("node:") || isKitFile(place.startsWith("file:") ? fileURLToPath(place) : place);
}
