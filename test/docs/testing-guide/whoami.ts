import { definePolicy, Response } from "sluice";
import { getAuthentication } from "sluice/authentication";

export default definePolicy({
  onRequest(_request, context) {
    const caller = getAuthentication(context);
    return new Response(`You are ${caller?.principal ?? "nobody"}.`);
  },
});
