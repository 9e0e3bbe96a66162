/** `sluice policies`: what ready policies there are, and what they take. */
import { stringify } from "yaml";
import { readyDocument, readyNames, readyPrefix, readySchema } from "../catalogue/catalogue.js";
import { type ConfigKey, configKeys } from "../catalogue/config-keys.js";
import { shownPath } from "../source-frame.js";

/** As they stand on the command line. */
export interface ShowArguments {
  json: boolean;
}

const width = 100;

/** A line for each. */
export function listPolicies(): void {
  const names = readyNames();
  const column = Math.max(...names.map((name) => name.length)) + 2;
  for (const name of names) {
    console.log(`${name.padEnd(column)}${readySchema(name).description ?? ""}`);
  }
  console.log(`
A gateway file calls them by ${readyPrefix}<name>. What one takes: sluice policies show <name>`);
}

/** @throws SluiceError `POLICY_NOT_FOUND` */
export function showPolicy(nameOrUse: string, { json }: ShowArguments): void {
  const name = nameOrUse.startsWith(readyPrefix) ? nameOrUse.slice(readyPrefix.length) : nameOrUse;
  const schema = readySchema(name);
  if (json) {
    console.log(JSON.stringify(schema, null, 2));
    return;
  }
  const { description = "", examples = [], $comment } = schema;
  const use = { policies: [{ use: readyPrefix + name, config: examples[0] }] };
  console.log(
    [
      readyPrefix + name,
      wrapped(description, ""),
      "The keys of its config:",
      ...configKeys(schema).map(keyText),
      ...($comment === undefined ? [] : [wrapped($comment, "")]),
      "In a route of a gateway file:",
      stringify(use).trimEnd().replace(/^/gm, "  "),
      `More: ${shownPath(readyDocument(name))}`,
    ].join("\n\n"),
  );
}

function keyText({ path, type, required, default: value, description }: ConfigKey): string {
  const facts = [type, ...(required ? ["required"] : []), ...(value === undefined ? [] : [`default ${value}`])];
  return `  ${path}: ${facts.join("; ")}\n${wrapped(description, "      ")}`;
}

/** Lines of at most {@link width}, unless a word is longer. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line].join("\n");
}
