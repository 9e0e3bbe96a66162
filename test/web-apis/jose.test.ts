import { fileURLToPath } from "node:url";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
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

/** Answers `/verify` with the token that is in the path, with this key as JWK set or as PEM. */
const keysSource = (
  alg: string,
  jwks: unknown,
  spki: string,
): string => `import { definePolicy, Response } from "sluice";
  import { createLocalJWKSet, importSPKI, jwtVerify, errors } from ${JSON.stringify(jose)};
  const jwks = createLocalJWKSet(${JSON.stringify(jwks)} as any);
  export default definePolicy({
    async onRequest(request) {
      const [, form, token = ""] = request.path.split("/");
      try {
        const key: any = form === "jwks" ? jwks : await importSPKI(${JSON.stringify(spki)}, ${JSON.stringify(alg)});
        const { payload } = await jwtVerify(token, key, { issuer: "tests", algorithms: [${JSON.stringify(alg)}] });
        return new Response(JSON.stringify(payload));
      } catch (error) {
        return new Response(error instanceof errors.JOSEError ? error.code : String(error));
      }
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

describe.each(["RS256", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"])(
  "the package jose with %s",
  (alg) => {
    let worlds: Record<World["name"], World>;
    let right: string;
    let wrong: string;
    beforeAll(async () => {
      const [keys, others] = [await generateKeyPair(alg), await generateKeyPair(alg)];
      const sign = (key: Parameters<SignJWT["sign"]>[0]): Promise<string> =>
        new SignJWT({ iss: "tests", sub: "you" }).setProtectedHeader({ alg, kid: "1" }).sign(key);
      [right, wrong] = [await sign(keys.privateKey), await sign(others.privateKey)];
      const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "1", alg }] };
      const made = await bothWorlds(keysSource(alg, jwks, await exportSPKI(keys.publicKey)));
      worlds = Object.fromEntries(made.map((world) => [world.name, world])) as typeof worlds;
    }, 300_000);

    it.each([
      ["node", "jwks"],
      ["node", "pem"],
      ["module", "jwks"],
      ["module", "pem"],
    ] as const)("verifies in the world %s with a key as %s", async (world, form) => {
      expect(JSON.parse(await worlds[world].ask(`/${form}/${right}`))).toEqual({ iss: "tests", sub: "you" });
      expect(await worlds[world].ask(`/${form}/${wrong}`)).toBe("ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
    });
  },
);
