import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { webApiGlobals } from "../../src/abi/globals.js";
import { sectionsOf } from "../docs/markdown.js";
import type { WebApiCase, WebApiCases } from "./case.js";
import { base64Cases } from "./cases/base64.js";
import { cryptographyCases } from "./cases/cryptography.js";
import { encodingCases } from "./cases/encoding.js";
import { eventCases } from "./cases/events.js";
import { messageCases } from "./cases/messages.js";
import { platformCases } from "./cases/platform.js";
import { signatureCases } from "./cases/signatures.js";
import { urlCases } from "./cases/url.js";
import { bothWorlds, type World } from "./worlds.js";

const allCases: WebApiCases = {
  ...base64Cases,
  ...encodingCases,
  ...urlCases,
  ...messageCases,
  ...eventCases,
  ...platformCases,
  ...cryptographyCases,
  ...signatureCases,
};
const list = Object.entries(allCases).flatMap(([api, cases]) =>
  cases.map((one, index) => ({ api, ...one, title: `${api} ${index}: ${one.code}` })),
);

interface Row {
  readonly api: string;
  readonly support: string;
}

const documented: Row[] = sectionsOf(readFileSync(new URL("../../docs/web-apis.md", import.meta.url), "utf8"))
  .filter(({ text }) => text.includes("| API | support |"))
  .flatMap(({ text }) => text.split("\n"))
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .map(([api = "", support = ""]) => ({ api: api.replaceAll("`", ""), support }));
const absent = documented.filter(({ support }) => support === "none").map(({ api }) => api);

/** Answers `/3` with the outcome of the fourth case, and `/no/a.b` with the type of what is at that path from the globals on. */
function policy(cases: readonly WebApiCase[]): string {
  return `import { definePolicy, Response } from "sluice";
    const cases: (() => unknown)[] = [${cases.map(({ code }) => `() => (${code}),`).join("\n")}];
    const typeAt = (path: string) => typeof path.split(".").reduce((from: any, name) => from?.[name], globalThis);
    export default definePolicy({
      async onRequest(request) {
        const { path } = await request.intoHeadersState();
        if (path.startsWith("/no/")) return new Response(200).withBody(typeAt(path.slice("/no/".length)));
        let outcome: unknown;
        try {
          outcome = { gives: await cases[Number(path.slice(1))]!() };
        } catch (error) {
          outcome = { throws: (error as Error).name ?? String(error), message: (error as Error).message };
        }
        return new Response(200).withBody(JSON.stringify(outcome));
      },
    });`;
}

let worlds: Record<World["name"], World>;
beforeAll(async () => {
  worlds = Object.fromEntries((await bothWorlds(policy(list))).map((world) => [world.name, world])) as typeof worlds;
}, 300_000);

describe.each(["node", "module"] as const)("web APIs in the world %s", (world) => {
  it.each(list.map((one, index) => ({ ...one, index })))("$title", async ({ index, gives, throws }) => {
    const outcome = JSON.parse(await worlds[world].ask(`/${index}`)) as { gives?: unknown; throws?: string };
    if (throws === undefined) {
      expect(outcome).toEqual({ gives });
    } else {
      expect(outcome).toMatchObject({ throws });
    }
  });
});

describe("docs/web-apis.md", () => {
  it("has cases for each row that says full or partial, and no others", () => {
    expect(
      documented
        .filter(({ support }) => support === "full" || support === "partial")
        .map(({ api }) => api)
        .sort(),
    ).toEqual(Object.keys(allCases).sort());
  });

  it("says full, partial or none everywhere", () => {
    expect(documented.filter(({ support }) => !["full", "partial", "none"].includes(support))).toEqual([]);
  });

  it.each(absent)("is right that modules have no %s", async (path) => {
    expect(await worlds.module.ask(`/no/${path}`)).toBe("undefined");
  });

  it("names each global that a policy has", () => {
    const text = documented
      .filter(({ support }) => support !== "none")
      .map(({ api }) => api)
      .join(" ");
    expect(webApiGlobals.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });
});
