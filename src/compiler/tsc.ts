/** The TypeScript of a policy's own project, by its command: all versions have that, and the library only those before 7. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";

/** What is wrong according to `tsc`. */
export interface TypeProblem {
  /** undefined where it is not about a file. `file` is absolute; `line` and `column` count from 1. */
  place: { file: string; line: number; column: number } | undefined;
  /** Begins with the error's number. Of several lines where TypeScript explains itself. */
  text: string;
}

/** The parts of a configuration that decide which files belong to it. All paths are absolute. */
export interface ResolvedConfig {
  files: readonly string[];
  /** Other configurations. */
  references: readonly string[];
}

/** Of the output that is not for people. The lines of an explanation, which follow, are indented. */
const problemLine = /^(?:(?<file>.+)\((?<row>\d+),(?<column>\d+)\): )?error (?<text>TS\d+: .*)$/;

const runFile = promisify(execFile);

/**
 * The script of the command, absolute: that of the package "typescript" as a file (absolute path) finds it.
 *
 * @throws SluiceError `TYPESCRIPT_MISSING`
 */
export function findTsc(file: string): string {
  let manifest: string;
  try {
    manifest = createRequire(file).resolve("typescript/package.json");
  } catch (error) {
    throw missing(`${shownPath(file)}: types cannot be checked: there is no package "typescript" here.`, error);
  }
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Readonly<Record<string, string>> };
  // The package by which version 6 stays beside 7, for what needs the library, has it as tsc6.
  const [, script = "bin/tsc"] = Object.entries(bin).find(([name]) => /^tsc\d*$/.test(name)) ?? [];
  return resolve(dirname(manifest), script);
}

export class Tsc {
  readonly #script: string;
  readonly #resolved = new Map<string, Promise<ResolvedConfig>>();

  /** @param script Absolute. */
  constructor(script: string) {
    this.#script = script;
  }

  /**
   * What belongs to a configuration; nothing where it has errors, which {@link problems} tells.
   *
   * @param config Absolute path.
   */
  resolved(config: string): Promise<ResolvedConfig> {
    const known = this.#resolved.get(config) ?? this.#resolve(config);
    this.#resolved.set(config, known);
    return known;
  }

  async #resolve(config: string): Promise<ResolvedConfig> {
    const output = await this.#run("--showConfig", "--project", config);
    const { files = [], references = [] } = (output.startsWith("{") ? JSON.parse(output) : {}) as {
      files?: string[];
      references?: { path: string }[];
    };
    const absolute = (path: string): string => resolve(dirname(config), path);
    return {
      files: files.map(absolute),
      references: references.map(({ path }) =>
        path.endsWith(".json") ? absolute(path) : join(absolute(path), "tsconfig.json"),
      ),
    };
  }

  /** @param config Absolute path. */
  async problems(config: string): Promise<TypeProblem[]> {
    const problems: TypeProblem[] = [];
    for (const line of (await this.#run("--project", config)).split(/\r?\n/)) {
      const { file, row, column, text } = problemLine.exec(line)?.groups ?? {};
      const last = problems.at(-1);
      if (text !== undefined) {
        const place =
          file === undefined ? undefined : { file: resolve(file), line: Number(row), column: Number(column) };
        problems.push({ place, text });
      } else if (last !== undefined && line !== "") {
        last.text += `\n${line}`;
      }
    }
    return problems;
  }

  /** What it writes to standard output. */
  async #run(...args: readonly string[]): Promise<string> {
    try {
      const { stdout } = await runFile(process.execPath, [this.#script, ...args, "--pretty", "false"], {
        maxBuffer: Number.POSITIVE_INFINITY,
      });
      return stdout;
    } catch (error) {
      const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
      if (stdout.trim() !== "") {
        return stdout; // It ends with a failure where types are wrong, too.
      }
      throw missing(
        `Types cannot be checked: ${shownPath(this.#script)} does not run: ${stderr.trim() || message}`,
        error,
      );
    }
  }
}

function missing(message: string, cause: unknown): SluiceError {
  return new SluiceError("TYPESCRIPT_MISSING", message, { cause });
}
