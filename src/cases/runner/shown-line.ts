/** Lines of policies' logs, as messages about cases quote them. */
import type { LogLine } from "../engine.js";

/** `warn: no key {"path":"/"}`; of what was thrown the innermost frame of the policy alone. */
export function shownLine({ level, message, fields: { level: _level, error, stack, ...fields } }: LogLine): string {
  const rest = isError(error) || error === undefined ? fields : { ...fields, error };
  return [
    `${level}: ${message}`,
    ...(isError(error) ? [`: ${error.name}: ${error.message}`] : []),
    ...(typeof stack === "string" ? [innermostFrame(stack)] : []),
    ...(Object.keys(rest).length > 0 ? [` ${JSON.stringify(rest)}`] : []),
  ].join("");
}

function isError(value: unknown): value is { name: string; message: string } {
  return typeof value === "object" && value !== null && "name" in value && "message" in value;
}

/** Engines in this process have absolute paths in their stacks, and URLs where they are in it themselves; modules have paths from here. */
function innermostFrame(stack: string): string {
  const frame = /^ *at (?!.*(?:file:|node:|<anonymous>)).*$/m.exec(stack)?.[0].trim();
  return frame === undefined ? "" : ` ${frame.replace(`${process.cwd()}/`, "")}`;
}
