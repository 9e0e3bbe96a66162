/** What engines are known not to do: the tables of docs/fidelity.md, which the suite obeys and checks. */
import { readFileSync } from "node:fs";
import type { Engine } from "../../src/cases/engine.js";
import type { Case, CaseFile } from "../../src/cases/runner/case-file.js";
import { lacking } from "../../src/cases/runner/lacking.js";

export interface Skip {
  engine: string;
  /** `file: case`, `needs capability`, or what the case takes too much of. */
  what: string;
  reason: string;
}

const page = new URL("../../docs/fidelity.md", import.meta.url);

/** Rows of the table under "## Skipped cases". */
export function readSkips(text = readFileSync(page, "utf8")): Skip[] {
  const [, section = ""] = text.split(/^## Skipped cases$/m);
  const rows = section
    .split(/^## /m)[0]!
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2);
  return rows.map((row) => {
    const [engine = "", what = "", reason = ""] = row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", ""));
    if (reason === "") {
      throw new Error(`docs/fidelity.md: a skip without a reason: ${row}`);
    }
    return { engine, what, reason };
  });
}

const ofThePage = readSkips();

/** What a skip of this case is called in the table: by what is missing, or by its name. */
function keysOf(engine: Engine, file: CaseFile, testCase: Case): { missing: string[]; name: string } {
  return { missing: lacking(engine, file, testCase), name: `${file.policy}: ${testCase.name}` };
}

/**
 * Why a case is not run, undefined where it is.
 *
 * @throws Error when the engine lacks what the case needs and the table does not say so.
 */
export function skipReason(engine: Engine, file: CaseFile, testCase: Case, skips = ofThePage): string | undefined {
  const { missing, name } = keysOf(engine, file, testCase);
  const find = (what: string) => skips.find((skip) => skip.engine === engine.name && skip.what === what)?.reason;
  const unexplained = missing.find((what) => find(what) === undefined);
  if (unexplained !== undefined) {
    throw new Error(`${name}: ${engine.name} lacks "${unexplained}", and docs/fidelity.md does not say so`);
  }
  return [...missing, name].map(find).find((reason) => reason !== undefined);
}

/** Entries for this engine that skip none of these files' cases. */
export function uselessSkips(engine: Engine, files: readonly CaseFile[], skips = readSkips()): string[] {
  const used = new Set(
    files.flatMap((file) =>
      file.cases.flatMap((testCase) => {
        const { missing, name } = keysOf(engine, file, testCase);
        return [...missing, name];
      }),
    ),
  );
  return skips.filter((skip) => skip.engine === engine.name && !used.has(skip.what)).map(({ what }) => what);
}
