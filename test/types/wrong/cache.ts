import { definePolicy } from "sluice";
import { cache } from "sluice/cache";

definePolicy({
  configure(context) {
    // expect-error: Argument of type 'string' is not assignable to parameter of type 'InstanceContext'
    cache("users", "users");

    // expect-error: 'ttl' does not exist in type 'CacheOptions'
    cache(context, "users", { ttl: 5 });

    // expect-error: does not satisfy the constraint 'Cacheable'
    cache<string | undefined>(context, "users");

    return { visits: cache<number>(context, "visits") };
  },

  async onRequest(_request, { resources: { visits } }) {
    // expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
    visits.set("a", "b");

    // expect-error: Type '"5 minutes"' is not assignable to type
    visits.set("a", 1, { ttl: "5 minutes" });

    // expect-error: is not assignable to type 'number | PromiseLike<number>'
    await visits.getOrLoad("a", () => "b");
  },
});
