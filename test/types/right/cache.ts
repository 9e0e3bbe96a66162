/** Values that a worker keeps. */
import { definePolicy, Response } from "sluice";
import { type Cache, cache, keptResponse, type LoadContext } from "sluice/cache";
import { upstream } from "sluice/upstream";
import { exactType } from "./exact-type.js";

interface User {
  name: string;
}

export const policy = definePolicy({
  configure: (context) => ({
    users: cache<User | null>(context, "users", { entries: 10, bytes: 100_000, shared: true }),
    responses: cache<Response>(context, "responses"),
  }),

  onRequest(request, { resources: { users, responses } }) {
    exactType<Cache<User | null>>()(users);
    exactType<User | null | undefined>()(users.get("a"));
    exactType<boolean>()(users.set("a", null, { ttl: "5s", bytes: 10 }));
    exactType<boolean>()(users.delete("a"));
    return responses.get(request.path);
  },

  async onResponse(response, { request, resources: { users, responses }, signal }) {
    const load = async (context: LoadContext): Promise<User> =>
      (await upstream(context, "users").fetch("/a", { signal: context.signal })).json<User>();
    const user = await users.getOrLoad("a", load, {
      ttl: (found) => (found === null ? 5_000 : "1m"),
      staleWhileRevalidate: "1h",
      errorTtl: 1_000,
      timeout: "2s",
      signal,
    });
    exactType<User | null>()(user);
    responses.set(request.path, keptResponse(await response.intoHeadersBodyState()));
    responses.purge();
  },
});
