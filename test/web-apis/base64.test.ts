/** Base64 in a module against what Node is given for it: two implementations that have nothing in common. */
import { beforeAll, expect, it } from "vitest";
import { bothWorlds, type World } from "./worlds.js";

const source = `import { definePolicy, Response } from "sluice";
  const outcome = (text: string, options: any) => { try { return Uint8Array.fromBase64(text, options).toBase64(options); } catch (error: any) { return error.name; } };
  export default definePolicy({
    onRequest(request) {
      const texts = JSON.parse(decodeURIComponent(request.path.slice(1))) as string[];
      return new Response(JSON.stringify(texts.map((text) => ["base64", "base64url"].map((alphabet) =>
        ["loose", "strict", "stop-before-partial"].map((lastChunkHandling) => outcome(text, { alphabet, lastChunkHandling }))))));
    },
  });`;

let worlds: readonly World[];
beforeAll(async () => {
  worlds = await bothWorlds(source);
}, 300_000);

it("random texts, right and wrong, are taken or refused alike in both worlds", async () => {
  let state = 1;
  const below = (limit: number): number => {
    state = (state * 48_271) % 0x7fffffff;
    return state % limit;
  };
  const chars = Array.from("AQgwz09+/-_== \né");
  const texts = Array.from({ length: 3_000 }, () =>
    Array.from({ length: below(9) }, () => chars[below(chars.length)]!).join(""),
  );
  const ask = (world: World): Promise<string> => world.ask(`/${encodeURIComponent(JSON.stringify(texts))}`);
  const [node, module] = await Promise.all(worlds.map(ask));
  expect(JSON.parse(module!)).toEqual(JSON.parse(node!));
  expect(module).toContain("SyntaxError");
});
