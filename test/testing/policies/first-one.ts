import { definePolicy } from "sluice";
import { instancePort, type SharedData, sharedData } from "sluice/service";
import * as v from "valibot";

/** Wrong: of several workers that look at the same time each may find that it is the first. */
export default definePolicy({
  config: v.object({ seconds: v.number() }),

  configure(context) {
    const data = sharedData(instancePort(context, "configure()"));
    if (context.config.seconds === 0) {
      claim(data, context.logger);
    } else {
      setTimeout(() => {
        claim(data, context.logger);
      }, context.config.seconds * 1_000);
    }
  },
});

function claim(data: SharedData, logger: { info(message: string): void }): void {
  if (data.get("first") === undefined) {
    data.set("first", Uint8Array.of(1), 0);
    logger.info("the first");
  }
}
