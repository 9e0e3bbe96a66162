/** A YAML text as a value, with the way back from a path in the value to a line in the text. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import { redactText } from "../redact.js";
import { sourceFrame } from "../source-frame.js";
import { substituteVariables } from "./environment.js";
import type { ConfigPath, FileProblem } from "./problems.js";
import { type StructureProblem, structureProblems, tooDeep } from "./yaml-structure.js";

export interface YamlSource {
  /** Undefined when the text is no YAML. */
  value: unknown;
  problems: FileProblem[];
  /** Where a path is in the text, or the nearest thing around it; `key`: where its key is. */
  locate(path: ConfigPath, key?: boolean): { line: number; column: number };
  /** Hides what came from the environment: its values are shown as `${NAME}` again. */
  conceal(text: string): string;
}

/** Parses YAML 1.2 and puts variables of `environment` in; without one the text stands as it is. */
export function parseYamlSource(text: string, environment?: Readonly<Record<string, string | undefined>>): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };

  const problems = findProblems(document).map(({ offset, message }): FileProblem => {
    const { line, column } = at(offset);
    return { path: [], message: `${message}\n${redactText(sourceFrame(text, line, column))}`, line, column };
  });
  if (problems.length > 0) {
    return { value: undefined, problems, locate: () => ({ line: 1, column: 1 }), conceal: (shown) => shown };
  }

  const variables = new Map<string, string>();
  visit(document, {
    Scalar(key, node, ancestors) {
      if (environment === undefined || key === "key" || typeof node.value !== "string") {
        return;
      }
      const { text: replaced, used, missing } = substituteVariables(node.value, environment);
      node.value = replaced;
      for (const [name, value] of used) {
        variables.set(name, value);
      }
      for (const name of missing) {
        problems.push({
          path: pathOf([...ancestors, node]),
          message: `The environment variable ${name} is not set.`,
          ...at(node.range?.[0] ?? 0),
        });
      }
    },
  });

  return {
    // How much aliases may make of a file was counted.
    value: document.toJS({ maxAliasCount: -1 }) as unknown,
    problems,
    locate: (path, key = false) => at(offsetOf(document, path, key)),
    conceal: (shown) => conceal(shown, variables),
  };
}

/** How many are told: one mistake can make any number of them. */
const mostProblems = 20;

function findProblems(document: Document.Parsed): StructureProblem[] {
  const found = [...document.errors, ...document.warnings];
  const exhausted = found.filter(({ code }) => code === "RESOURCE_EXHAUSTION");
  if (exhausted.length > 0) {
    // The parser gave up: whatever else it found follows from that.
    const offset = exhausted.reduce((least, { pos }) => Math.min(least, pos[0]), Number.POSITIVE_INFINITY);
    return [{ offset, message: tooDeep }];
  }
  const problems =
    found.length > 0
      ? found.map(({ message, pos }) => ({ offset: pos[0], message }))
      : structureProblems(document.contents);
  return problems.slice(0, mostProblems);
}

/** The keys and indices on a way from the root. */
function pathOf(nodes: readonly unknown[]): ConfigPath {
  return nodes.flatMap((node, index): ConfigPath => {
    if (isPair(node)) {
      return isScalar(node.key) ? [String(node.key.value)] : [];
    }
    return isSeq(node) ? [node.items.indexOf(nodes[index + 1])] : [];
  });
}

function offsetOf(document: Document.Parsed, path: ConfigPath, key: boolean): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const [index, step] of path.entries()) {
    node = isAlias(node) ? node.resolve(document) : node;
    if (key && index === path.length - 1 && isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === step);
      return startOf(pair?.key) ?? offset;
    }
    node = isCollection(node) ? node.get(step, true) : undefined;
    const start = startOf(node);
    if (start === undefined) {
      return offset;
    }
    offset = start;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}

function conceal(text: string, variables: ReadonlyMap<string, string>): string {
  let concealed = text;
  for (const [name, value] of variables) {
    if (value !== "") {
      // Also as a message would quote it.
      concealed = concealed
        .replaceAll(value, `\${${name}}`)
        .replaceAll(JSON.stringify(value).slice(1, -1), `\${${name}}`);
    }
  }
  return concealed;
}
