/** Reads the sources and what they import. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import ts from "typescript";

/** One import, export … from, `import()` or `import("…")` type of a file. */
export interface Import {
  specifier: string;
  /** It leaves nothing in the emitted code. */
  typeOnly: boolean;
  /** It hands on what it names: `export … from`. */
  reExport: boolean;
}

/** A source file by its path below `src/`, with forward slashes. */
export interface SourceFile {
  path: string;
  lines: number;
  imports: Import[];
}

/** Every TypeScript file below `directory` but declarations and tests. */
export function readSourceFiles(directory: string): SourceFile[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => /\.tsx?$/.test(path) && !/\.(test|d)\.ts$/.test(path))
    .sort()
    .map((path) => parseSourceFile(path, readFileSync(join(directory, path), "utf8")));
}

export function parseSourceFile(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, isTypeOnly(node.importClause), false);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false, false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true, false);
    }
    ts.forEachChild(node, visit);
  };
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, reExport: boolean): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      imports.push({ specifier: specifier.text, typeOnly, reExport });
    }
  };
  visit(tree);
  return { path, lines: text.replace(/\n$/, "").split("\n").length, imports };
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

/** The path below `src/` that a relative import means; undefined for a package. */
export function importedPath(file: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) {
    return undefined;
  }
  const target = relative(".", join(dirname(file.path), specifier))
    .split(sep)
    .join("/");
  return target.replace(/\.js$/, ".ts");
}
