import { definePolicy } from "sluice";
import { locks } from "sluice/lock";

definePolicy({
  configure(context) {
    // expect-error: Argument of type 'string' is not assignable to parameter of type 'InstanceContext'
    locks("accounts", "accounts");

    // expect-error: 'ttl' does not exist in type
    locks(context, "accounts", { ttl: 5 });

    return locks(context, "accounts");
  },

  async onRequest(_request, { resources }) {
    // expect-error: Type '"5 seconds"' is not assignable to type
    await resources.withLock("a", { ttl: "5 seconds" }, () => 1);

    // expect-error: 'wait' does not exist in type
    await resources.tryLock("a", { wait: 5 }, () => 1);

    // expect-error: Type 'number | undefined' is not assignable to type 'number'
    const done: number = await resources.tryLock("a", {}, () => 1);
    return void done;
  },
});
