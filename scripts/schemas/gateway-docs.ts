/** What docs/gateway.md says about each key of the gateway file: one text, for readers there and for editors. */
import { parse } from "yaml";

export interface DocumentedKey {
  /** `listener.timeouts.drain`, `routes.policies.use`: without the names and indices between them. */
  path: string;
  /** A value of YAML; undefined where there is none that could be written. */
  default: unknown;
  description: string;
}

/** The rows of the tables with the head `| key | default | |`. */
export function documentedKeys(markdown: string): DocumentedKey[] {
  const keys: DocumentedKey[] = [];
  let section = "";
  let inTable = false;
  for (const line of markdown.split("\n")) {
    const heading = /^#{2,3} (.*)/.exec(line)?.[1];
    if (heading !== undefined) {
      section = /^`([a-z[\].]+)`/.exec(heading)?.[1]?.replaceAll("[]", "") ?? "";
    }
    inTable = line.startsWith("| key | default |") || (inTable && line.startsWith("|"));
    const [key, value = "", text = ""] = cellsOf(line);
    const name = /^`(.+)`$/.exec(key ?? "")?.[1];
    if (inTable && name !== undefined) {
      keys.push({
        path: section === "" ? name : `${section}.${name}`,
        default: literal(value),
        description: [plain(text), ...inProse(value)].join(" "),
      });
    }
  }
  return keys;
}

function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function literal(cell: string): unknown {
  const text = /^`([^`<]+)`$/.exec(cell)?.[1];
  return text === undefined ? undefined : (parse(text) as unknown);
}

/** A default that depends on something. */
function inProse(cell: string): string[] {
  return literal(cell) !== undefined || ["required", "none", ""].includes(cell) ? [] : [`Default: ${plain(cell)}.`];
}

/** Without links. */
function plain(markdown: string): string {
  return markdown.replace(/\[((?:[^\]`]|`[^`]*`)*)\]\([^)]*\)/g, "$1");
}
