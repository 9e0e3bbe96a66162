import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ErrorEntry, errorTable } from "../../src/errors.js";
import { sectionsOf } from "./markdown.js";

const groups: Readonly<Record<ErrorEntry["who"], string>> = {
  policy: "For the author of a policy",
  test: "In tests",
  config: "For whoever writes the gateway file or the command line",
  operation: "For operators",
};

/** What docs/errors.md says: the group, the first paragraph and the one that says what to do, by code. */
function documentedErrors(): Map<string, { group: string; what: string; fix: string }> {
  const documented = new Map<string, { group: string; what: string; fix: string }>();
  let group = "";
  for (const { level, title, text } of sectionsOf(
    readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8"),
  )) {
    if (level === 2) {
      group = title;
    }
    if (level !== 3) {
      continue;
    }
    const [what = "", fix = ""] = text.split("\n\n");
    documented.set(title.replaceAll("`", ""), { group, what, fix: fix.replace("**What to do:** ", "") });
  }
  return documented;
}

describe("docs/errors.md", () => {
  const documented = documentedErrors();

  it("has every code of the table, and no other", () => {
    expect([...documented.keys()].sort()).toEqual(Object.keys(errorTable).sort());
  });

  it.each(Object.entries(errorTable))("says of %s what the table says", (code, { who, what, fix }) => {
    expect(documented.get(code)).toEqual({ group: groups[who], what, fix });
  });
});
