import { definePolicy } from "sluice";
import { every } from "sluice/schedule";

definePolicy({
  configure(context) {
    // expect-error: Argument of type '"15 seconds"' is not assignable to parameter of type 'Duration'
    every(context, "15 seconds", () => undefined);

    // expect-error: Type '"gateway"' is not assignable to type '"process"'
    every(context, "15s", () => undefined, { singleton: "gateway" });
  },

  onRequest(_request, context) {
    // expect-error: is not assignable to parameter of type 'ConfigureContext<unknown>'
    every(context, "15s", () => undefined);
  },
});
