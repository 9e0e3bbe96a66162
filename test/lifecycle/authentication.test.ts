/** Who the caller is, told from policy to policy. */
import { describe, expect, it } from "vitest";
import { engines, inProcessChain } from "../support/in-process.js";

const authenticating = `
  async onRequest(request, context) {
    const { headers } = await request.intoHeadersState();
    const user = headers.get("x-user");
    if (user !== null) setAuthentication(context, { principal: user, clientId: "app", properties: { scopes: ["read"] } });
    if (headers.has("x-forget")) clearAuthentication(context);
  }`;
const noting = `
  onRequest(_request, context) { note(getAuthentication(context)); },
  onResponse(_response, context) { note(getAuthentication(context)?.principal); },
  onDone(_exchange, context) { note(getAuthentication(context)?.principal); }`;
const ada = { principal: "ada", clientId: "app", properties: { scopes: ["read"] } };

describe.each(engines)("authentication on the %s engine", (engine) => {
  const chain = (...policies: string[]) =>
    inProcessChain(
      policies.map((parts) => ({ parts })),
      engine,
    );

  it("reaches the policies behind, in both phases and at the end", async () => {
    const kit = await chain(authenticating, noting);
    await kit.get(["x-user", "ada"]).respond(200);
    expect(kit.notes).toEqual([ada, "ada", "ada"]);
    expect(kit.logs).toEqual([]);
  });

  it("does not reach the policies in front before the response", async () => {
    const kit = await chain(noting, authenticating);
    await kit.get(["x-user", "ada"]).respond(200);
    expect(kit.notes).toEqual([undefined, "ada", "ada"]);
  });

  it("is none where no policy has set it, and where it was cleared, without a word in the log", async () => {
    const kit = await chain(authenticating, noting);
    await kit.get().respond(200);
    await kit.get(["x-user", "ada", "x-forget", "1"]).respond(200);
    expect(kit.notes).toEqual(Array(6).fill(undefined));
    expect(kit.logs).toEqual([]);
  });

  it("is what the last policy said, and each exchange's own", async () => {
    const kit = await chain(authenticating, authenticating.replace('get("x-user")', 'get("x-second")'), noting);
    kit.get(["x-user", "ada", "x-second", "bob"]);
    kit.get(["x-user", "eve"]);
    kit.get();
    await kit.settle();
    expect(kit.notes.map((note) => (note as { principal: string } | undefined)?.principal)).toEqual([
      "bob",
      "eve",
      undefined,
    ]);
  });

  it("of one exchange is not another's when the filter goes on after its end", async () => {
    const parts = `
      async onRequest(request, context) {
        const { headers } = await request.intoHeadersState();
        const user = headers.get("x-user") ?? "";
        setAuthentication(context, { principal: user });
        if (user !== "ada") return wake();
        void woken.then(async () => {
          note(getAuthentication(context));
          note(await codeOf(() => setAuthentication(context, { principal: "ada" })));
        });
      },
      onResponse(_response, context) { if (getAuthentication(context)?.principal === "bob") note("bob"); }`;
    const kit = await inProcessChain(
      [{ parts, top: "let wake: any; const woken = new Promise<void>((resolve) => { wake = resolve; });" }],
      engine,
    );
    await kit.get(["x-user", "ada"]).respond(200);
    await kit.get(["x-user", "bob"]).respond(200);
    expect(kit.notes).toEqual([undefined, "EXCHANGE_OVER", "bob"]);
  });
});
