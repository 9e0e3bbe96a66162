/** The examples of the standards in JavaScript, in a module, and in Envoy, whose functions verify some of them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../../src/envoy/run-envoy.js";
import { send } from "../../envoy/support/client.js";
import { startPolicies } from "../../envoy/support/policies-in-envoy.js";
import { bothWorlds } from "../../web-apis/worlds.js";
import { b64 } from "./tokens.js";
import { privateKeys, publicKeys, secrets, vectors } from "./vectors.js";

const file = fileURLToPath(new URL("policies/vectors.ts", import.meta.url));
const asks: Record<string, (path: string) => Promise<string>> = {};
/** A proof says when it was made, and not when it ends. */
const proofKey = vectors.find(({ name }) => name.startsWith("RFC 9449"))?.jwk;
let envoy: RunningEnvoy;

beforeAll(async () => {
  for (const { name, ask } of await bothWorlds(readFileSync(file, "utf8"))) {
    asks[name] = ask;
  }
  envoy = await startPolicies({
    routeUpstream: "api",
    upstreams: [{ name: "api", address: "127.0.0.1", port: 9 }],
    policies: [{ name: "vectors", file, config: {} }],
  });
  asks["Envoy"] = async (path) => (await send(envoy.port, { path })).body;
}, 300_000);
afterAll(() => envoy?.close());

describe.each(["node", "module", "Envoy"])("in the world %s", (world) => {
  const answer = (question: object): Promise<string> =>
    asks[world]!(`/${encodeURIComponent(JSON.stringify(question))}`);

  it.each(vectors)("$name ($alg) is verified", async ({ alg, jwk, token, hasClaims }) => {
    // What is behind a right signature: a payload that is no object, or a time that is over.
    const behind = hasClaims ? (jwk === proofKey ? "good" : "JWT_EXPIRED") : "JWT_MALFORMED";
    expect(await answer({ alg, keys: jwk, token })).toBe(behind);
    const [header, payload, signature = ""] = token.split(".");
    const changed = Buffer.from(signature, "base64url");
    changed[changed.length >> 1]! ^= 1;
    expect(await answer({ alg, keys: jwk, token: `${header}.${payload}.${b64(changed)}` })).toBe("JWT_SIGNATURE");
  });

  it("what the private keys of RFC 7517 sign, the public ones verify that are for it", async () => {
    const [forEncrypting, rsa] = publicKeys.keys;
    const [ecPrivate, rsaPrivate] = privateKeys.map(({ use: _use, ...key }: Record<string, unknown>) => key);
    const byRsa = await answer({ alg: "RS256", keys: rsaPrivate, claims: { sub: "ada" } });
    expect(await answer({ alg: "RS256", keys: publicKeys, token: byRsa })).toBe("good");
    const byEc = await answer({ alg: "ES256", keys: ecPrivate, claims: { sub: "ada" } });
    expect(await answer({ alg: "ES256", keys: publicKeys, token: byEc })).toBe("JWT_KEY");
    expect(await answer({ alg: "ES256", keys: { ...forEncrypting, use: "sig" }, token: byEc })).toBe("good");
    expect(await answer({ alg: "ES256", keys: rsa, token: byEc })).toBe("JWT_KEY");
  });

  it("of the secrets of RFC 7517 the one for another use is passed over", async () => {
    const { alg, token } = vectors[0]!;
    expect(await answer({ alg, keys: secrets, token })).toBe("JWT_EXPIRED");
  });
});
