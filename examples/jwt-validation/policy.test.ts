import { createHmac } from "node:crypto";
import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import jwtValidation from "./policy.js";

const secret = "library-shelf-31-secret-of-the-tests";

function token(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

it("admits by the rule of the configuration, and fails closed where the rule fails", async () => {
  await using gateway = await testGateway({
    policies: [jwtValidation],
    config: { secret, customRule: "#[vars.claimSet.role ++ vars.claimSet.team == 'ab']" },
  });
  const ask = async (claims: object): Promise<number> =>
    (await gateway.fetch("/", { headers: { authorization: `Bearer ${token({ exp: 4_102_444_800, ...claims })}` } }))
      .status;
  expect([await ask({ role: "a", team: "b" }), await ask({ role: "b", team: "a" }), await ask({ role: 7 })]).toEqual([
    200, 400, 400,
  ]);
});

it("writes no claim but a text into the header, and none that a header cannot hold", async () => {
  await using gateway = await testGateway({ policies: [jwtValidation], config: { secret } });
  for (const username of [7, ["a"], "a\r\nx-admin: 1", undefined]) {
    const authorization = `Bearer ${token({ exp: 4_102_444_800, role: "Member", username })}`;
    expect((await gateway.fetch("/", { headers: { authorization, username: "root" } })).status).toBe(200);
    expect(gateway.upstream.requests.at(-1)?.headers).not.toHaveProperty("username");
  }
});

it.each([["short"], ["-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]])(
  "serves nobody with the secret %j",
  async (weak) => {
    await using gateway = await testGateway({ policies: [jwtValidation], config: { secret: weak } });
    expect((await gateway.fetch("/")).status).toBe(503);
    expect(JSON.stringify(gateway.log)).toContain("JWT_KEY");
  },
);
