/** What a module carries for tokens. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { compilePolicy } from "../../../src/compiler/build-module.js";
import { buildEngine } from "../../../src/engine/build-engine.js";
import { withPolicyFile } from "../../web-apis/worlds.js";

const cacheDir = fileURLToPath(new URL("../../../.cache/", import.meta.url));

beforeAll(async () => {
  await buildEngine(cacheDir);
}, 300_000);

const moduleOf = (policy: string): Promise<Buffer> =>
  withPolicyFile(policy, async (file) => Buffer.from((await compilePolicy(file, { cacheDir })).wasm));

const verifying = (algorithms: string, keys: string): Promise<Buffer> =>
  moduleOf(`import { definePolicy } from "sluice";
    import { ${algorithms}, jwtVerifier, ${keys} } from "sluice/jwt";
    export default definePolicy({
      configure: (context) => jwtVerifier(context, { keys: ${keys}("x" as never), algorithms: [${algorithms}] }),
      async onRequest(request, context) {
        const token = await context.resources.verifyRequest(request, context);
        return token.verified ? undefined : token.response();
      },
    });`);

it("a module carries the algorithms that its policy names, and no calls that it does not make", async () => {
  const [rsa, both] = [await verifying("RS256", "pemKey"), await verifying("RS256, ES256", "upstreamKeys")];
  const named = ["RSASSA-PKCS1-v1_5", "ECDSA", "RSA-PSS", "/.well-known/openid-configuration", "dpop+jwt"];
  expect(named.map((text) => rsa.includes(text))).toEqual([true, false, false, false, false]);
  expect(named.map((text) => both.includes(text))).toEqual([true, true, false, false, false]);
}, 60_000);
