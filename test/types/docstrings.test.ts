/** Hovering over any public name tells what it is. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";
import { errorTable } from "../../src/errors.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What policies import, by the files of `src/`. */
const entries = [
  "index.ts",
  "policy/service.ts",
  ...readdirSync(`${root}src/services`).map((name) => `services/${name}/index.ts`),
];

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(`${root}tsconfig.guest.json`, ts.sys.readFile).config,
  ts.sys,
  root,
);
const program = ts.createProgram(
  [
    ...entries.map((entry) => `${root}src/${entry}`),
    ...["base64", "engine-globals"].map((name) => `${root}types/${name}.d.ts`),
  ],
  options,
);
const checker = program.getTypeChecker();

/** The public names of an entry without a comment: exports, and the members that authors can reach. */
function undocumented(file: string): string[] {
  const isDocumented = (symbol: ts.Symbol): boolean => symbol.getDocumentationComment(checker).length > 0;
  const entry = checker.getSymbolAtLocation(program.getSourceFile(`${root}src/${file}`)!)!;
  return checker.getExportsOfModule(entry).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const types = [checker.getDeclaredTypeOfSymbol(symbol), checker.getTypeOfSymbol(symbol)];
    const members = types
      .flatMap((type) => (type.flags & ts.TypeFlags.Object ? checker.getPropertiesOfType(type) : []))
      .filter(isPublic);
    return [
      ...(isDocumented(symbol) ? [] : [symbol.name]),
      ...members.filter((member) => !isDocumented(member)).map((member) => `${symbol.name}.${member.name}`),
    ];
  });
}

/** A member that is written in this project, and that authors can use. */
function isPublic(member: ts.Symbol): boolean {
  const [declaration] = member.declarations ?? [];
  if (declaration === undefined || !declaration.getSourceFile().fileName.startsWith(`${root}src/`)) {
    return false;
  }
  const name = ts.getNameOfDeclaration(declaration);
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (
    !(name && ts.isPrivateIdentifier(name)) &&
    (ts.getCombinedModifierFlags(declaration) & hidden) === 0 &&
    !member.getJsDocTags().some((tag) => tag.name === "internal")
  );
}

it.each(entries)("every public name of %s has a comment that says what it means", (entry) => {
  expect(undocumented(entry)).toEqual([]);
});

it("comments name only errors that there are", () => {
  const files = ["policy", "services"].flatMap((part) =>
    readdirSync(`${root}src/${part}`, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(`${root}src/${part}/${name}`, "utf8")),
  );
  const named = files.flatMap((text) => text.match(/(?<=`)[A-Z]+(?:_[A-Z]+)+(?=`)/g) ?? []);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((code) => !Object.hasOwn(errorTable, code))).toEqual([]);
});
