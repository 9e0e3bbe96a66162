/** The parts of documents that are made of the schemas. */

import { readyPrefix } from "../../src/catalogue/catalogue.js";
import { configKeys } from "../../src/catalogue/config-keys.js";
import type { PolicySchema } from "./policy-schema.js";

/** For between `<!-- keys -->` and `<!-- /keys -->` in a policy's README.md. */
export function keysTable(name: string, { schema, open }: PolicySchema): string {
  const rows = configKeys(schema).map(
    (key) =>
      `| \`${key.path}\` | ${cell(key.type)} | ${key.required ? "required" : cell(key.default === undefined ? "none" : `\`${key.default}\``)} | ${cell(key.description)} |`,
  );
  const link = `[JSON Schema](../../schemas/policies/${name}.schema.json)`;
  const checked =
    open.length === 0
      ? [`For editors and other tools: ${link}.`]
      : [
          `For editors and other tools: ${link}. What it cannot tell, and the policy checks:`,
          "",
          ...open.map((each) => `- ${each}`),
        ];
  return ["| key | type | default | |", "| --- | --- | --- | --- |", ...rows, "", ...checked].join("\n");
}

/** For between `<!-- policies -->` and `<!-- /policies -->` in policies/README.md. */
export function policiesTable(policies: ReadonlyMap<string, PolicySchema>): string {
  const rows = [...policies].map(
    ([name, { schema }]) => `| [\`${readyPrefix}${name}\`](${name}/README.md) | ${cell(schema.description ?? "")} |`,
  );
  return ["| `use` | |", "| --- | --- |", ...rows].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** The document with `content` between the marks `<!-- <mark> -->` and `<!-- /<mark> -->`. Throws an Error where they are not there. */
export function withPart(document: string, file: string, mark: string, content: string): string {
  const [start, end] = [`<!-- ${mark} -->\n`, `<!-- /${mark} -->`];
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  if (from < 0 || to < from) {
    throw new Error(`${file}: expected the lines ${start.trim()} and ${end}, between which a table is written.`);
  }
  return `${document.slice(0, from + start.length)}\n${content}\n\n${document.slice(to)}`;
}
