/** Verifies tokens by a package from npm. */
import { importSPKI, jwtVerify } from "jose";
import { definePolicy, Response } from "sluice";

export default definePolicy({
  configure: async (context) => ({ key: await importSPKI(String(context.config), "RS256") }),

  async onRequest(request, context) {
    const token = (request.headers.get("authorization") ?? "").slice("Bearer ".length);
    try {
      await jwtVerify(token, context.resources.key, { algorithms: ["RS256"], issuer: "https://login.example.com" });
      return undefined;
    } catch {
      return new Response("", { status: 401 });
    }
  },
});
