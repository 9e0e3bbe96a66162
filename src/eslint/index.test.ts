import * as parser from "@typescript-eslint/parser";
import { Linter } from "eslint";
import { describe, expect, it } from "vitest";
import plugin from "./index.js";

/** What ESLint says of a file. */
function problemsIn(
  code: string,
  parser: Linter.Parser | undefined,
): Pick<Linter.LintMessage, "line" | "column" | "message">[] {
  const languageOptions = parser === undefined ? {} : { parser };
  return new Linter()
    .verify(code, [{ ...plugin.configs.recommended, files: ["**/*.ts"], languageOptions }], "policy.ts")
    .map(({ line, column, message }) => ({ line, column, message }));
}

const late = `export default definePolicy({
  async onResponse(response) {
    const { headers } = response;
    const body = await response.intoBodyState();
    headers.set("x-size", String(body.bytes().length));
    if (body.text() === "") response.sendResponse(new Response(null, { status: 502 }));
  },
});
`;

describe.each([
  ["its own parser", undefined],
  ["typescript-eslint's parser", parser as Linter.Parser],
])("with %s the rule", (_name, parser) => {
  it("tells the place of a late edit and what to do", () => {
    expect(problemsIn(late, parser)).toEqual([
      {
        line: 5,
        column: 5,
        message:
          "response.headers.set() after intoBodyState() in line 4 always fails (STATE_CONSUMED): make the change before, or await intoHeadersBodyState() in its place: status, headers and body (setBody) of what it gives can be changed.",
      },
      {
        line: 6,
        column: 29,
        message:
          "response.sendResponse() after intoBodyState() in line 4 always fails (STATE_CONSUMED): call it before, or await intoHeadersBodyState() in its place and change status, headers and body (setBody) of what it gives.",
      },
    ]);
  });

  it("accepts changes of what intoHeadersBodyState() gives", () => {
    const code = late.replace("await response.intoBodyState()", "await response.intoHeadersBodyState()");
    expect(problemsIn(code.replace(/^.*sendResponse.*$/m, ""), parser)).toEqual([]);
  });
});

it("sees through what only TypeScript knows", () => {
  const code = `async function onRequest(request: RequestState): Promise<void> {
  const body = (await request!.intoBodyState()) as RequestBodyState;
  (request as unknown as { headers: Headers }).headers!.set("x-size", body.text() satisfies string);
  (request.headers as Headers).delete("etag");
}
`;
  expect(problemsIn(code, parser as Linter.Parser).map(({ line, column }) => [line, column])).toEqual([
    [3, 3],
    [4, 3],
  ]);
});
