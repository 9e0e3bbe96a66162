/** esbuild's output as syntax trees: every file's part of it is parsed once at most, and only if somebody asks. */
import { type Node, type Program, parse } from "acorn";
import { MentionedWebApis, topLevelNames, webApisMentioned } from "../engine/web-apis-mentioned.js";
import { visitAll } from "./syntax-tree.js";

/** Whose a file is. */
export type Origin = "own" | "package" | "kit";

/** The code of a file, or of several of the kit. */
export class BundlePart {
  readonly origin: Origin;
  readonly text: string;
  readonly #start: number;
  readonly #mentioned = new MentionedWebApis();
  #program: Program | undefined;
  #parsed = false;

  constructor(origin: Origin, text: string, start: number) {
    this.origin = origin;
    this.text = text;
    this.#start = start;
  }

  /** Its tree, with places in the whole output; undefined where it cannot be read. */
  get program(): Program | undefined {
    if (!this.#parsed) {
      this.#parsed = true;
      try {
        const program = parse(this.text, { ...parserOptions, onToken: this.#mentioned.onToken });
        this.#program = moved(program, this.#start);
      } catch {
        // What asks for it has to do without.
      }
    }
    return this.#program;
  }

  /** Of the web APIs that `webApisMentioned` tells of those in it. It can be read. */
  webApis(declared: ReadonlySet<string>): string[] {
    return this.#mentioned.names(declared);
  }
}

/** The whole output. */
export class BundleSyntax {
  readonly text: string;
  readonly parts: readonly BundlePart[];

  /**
   * @param text not minified: a comment with its name stands in front of each file's code
   * @param inputs all files, as esbuild names them
   */
  constructor(text: string, inputs: ReadonlyMap<string, Origin>) {
    this.text = text;
    this.parts = partsOf(text, inputs);
  }

  /** The tree of the whole. Throws a SyntaxError for what is no script. */
  program(): Program {
    const programs = this.parts.map(({ program }) => program);
    if (programs.includes(undefined)) {
      return parse(this.text, parserOptions);
    }
    const body = programs.flatMap((program) => program?.body ?? []);
    return {
      type: "Program",
      sourceType: "script",
      start: 0,
      end: this.text.length,
      range: [0, this.text.length],
      body,
    };
  }

  /** The web APIs that the whole may use, as `webApisMentioned` finds them. Throws a SyntaxError for what is no script. */
  webApis(): ReadonlySet<string> {
    if (this.parts.some(({ program }) => program === undefined)) {
      return webApisMentioned(this.text);
    }
    const declared = new Set(topLevelNames(this.program()));
    return new Set(this.parts.flatMap((part) => part.webApis(declared)));
  }
}

const parserOptions = {
  ecmaVersion: "latest",
  sourceType: "script",
  ranges: true,
  allowReturnOutsideFunction: true,
} as const;

function partsOf(text: string, inputs: ReadonlyMap<string, Origin>): BundlePart[] {
  // What stands in front of all files are esbuild's helpers.
  const starts: { origin: Origin; start: number }[] = [{ origin: "kit", start: 0 }];
  for (const { 1: input = "", index } of text.matchAll(/^\/\/ (.+)$/gm)) {
    const origin = inputs.get(input);
    if (origin !== undefined && !(origin === "kit" && starts.at(-1)?.origin === "kit")) {
      starts.push({ origin, start: index });
    }
  }
  return starts.map(
    ({ origin, start }, place) => new BundlePart(origin, text.slice(start, starts[place + 1]?.start), start),
  );
}

/** The same tree, of a text that begins later. */
function moved(program: Program, by: number): Program {
  if (by > 0) {
    visitAll(program, (node: Node) => {
      node.start += by;
      node.end += by;
      node.range = [node.start, node.end];
    });
  }
  return program;
}
