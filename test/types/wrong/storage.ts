import { definePolicy } from "sluice";
import { storage } from "sluice/storage";

definePolicy({
  configure(context) {
    // expect-error: Argument of type 'string' is not assignable to parameter of type 'InstanceContext'
    storage("visits", "visits");

    // expect-error: Type '"xml"' is not assignable to type
    storage(context, "visits", { encoding: "xml" });

    // expect-error: 'ttl' does not exist in type
    storage(context, "visits", { ttl: 5 });

    return { visits: storage<number>(context, "visits"), names: storage<string>(context, "names") };
  },

  async onRequest(_request, { resources: { visits, names } }) {
    // expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
    await visits.set("a", "b");

    // expect-error: The 'this' context of type 'Storage<string>' is not assignable to method's 'this' of type 'Storage<number>'
    await names.increment("a");

    // expect-error: Type 'Promise<number>' is not assignable to type
    await visits.update("a", async (count = 0) => count + 1);

    // expect-error: Type '"5 seconds"' is not assignable to type
    await visits.set("a", 1, { ttl: "5 seconds" });
  },
});
