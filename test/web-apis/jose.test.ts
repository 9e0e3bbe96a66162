import { fileURLToPath } from "node:url";
import { SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { bothWorlds, type World } from "./worlds.js";

const jose = fileURLToPath(import.meta.resolve("jose"));
const secret = "a secret that is only as long as it has to be, 32 bytes or more, 64 for HS512";
const key = new TextEncoder().encode(secret);

/** Answers `/verify/<token>` with what jose says to it, and `/sign/<algorithm>` with a token of its own. */
const source = `import { definePolicy, Response } from "sluice";
  import { jwtVerify, SignJWT, errors } from ${JSON.stringify(jose)};
  const key = new TextEncoder().encode(${JSON.stringify(secret)});
  const verify = async (token: string) => {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, key, { issuer: "tests", algorithms: ["HS256", "HS384", "HS512"] });
      return JSON.stringify({ payload, protectedHeader });
    } catch (error) {
      return error instanceof errors.JOSEError ? error.code : String(error);
    }
  };
  export default definePolicy({
    async onRequest(request) {
      const [, what, text = ""] = (await request.intoHeadersState()).path.split("/");
      return new Response(200).withBody(
        what === "sign" ? await new SignJWT({ sub: "me", iss: "tests" }).setProtectedHeader({ alg: text }).sign(key) : await verify(text),
      );
    },
  });`;

const signed = (claims: Record<string, unknown>, alg = "HS256"): Promise<string> =>
  new SignJWT({ iss: "tests", ...claims }).setProtectedHeader({ alg }).sign(key);

describe("the package jose", () => {
  let worlds: Record<World["name"], World>;
  beforeAll(async () => {
    worlds = Object.fromEntries((await bothWorlds(source)).map((world) => [world.name, world])) as typeof worlds;
  }, 300_000);

  describe.each(["node", "module"] as const)("in the world %s", (world) => {
    it.each(["HS256", "HS384", "HS512"])("accepts a JWT that is signed with %s", async (alg) => {
      const answer = JSON.parse(await worlds[world].ask(`/verify/${await signed({ sub: "you" }, alg)}`)) as unknown;
      expect(answer).toEqual({ payload: { iss: "tests", sub: "you" }, protectedHeader: { alg } });
    });

    it("refuses a JWT that was changed", async () => {
      const [head, , signature] = (await signed({ sub: "you" })).split(".");
      const [, claims] = (await signed({ sub: "root" })).split(".");
      expect(await worlds[world].ask(`/verify/${head!}.${claims!}.${signature!}`)).toBe(
        "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
      );
    });

    it("refuses a JWT that has expired, by the present time", async () => {
      const now = Math.floor(Date.now() / 1000);
      expect(await worlds[world].ask(`/verify/${await signed({ exp: now - 10 })}`)).toBe("ERR_JWT_EXPIRED");
      expect(await worlds[world].ask(`/verify/${await signed({ exp: now + 60 })}`)).toContain("payload");
    });

    it("signs what the other world accepts", async () => {
      const other = worlds[world === "node" ? "module" : "node"];
      expect(await other.ask(`/verify/${await worlds[world].ask("/sign/HS256")}`)).toContain('"sub":"me"');
    });
  });
});
