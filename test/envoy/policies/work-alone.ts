/** Works without any exchange: calls, sleeps, and calls again with what it was told. Requests sleep for longer than any test takes. */
import { definePolicy } from "sluice";
import { upstream } from "sluice/upstream";

export default definePolicy({
  configure(context) {
    const work = async (): Promise<void> => {
      for (let last = "none"; !context.signal.aborted; ) {
        const answer = await upstream(context, "api").fetch(`/work?last=${last}`);
        last = answer.text();
        await context.clock.sleep(10);
      }
    };
    void work();
  },

  async onRequest(_request, { clock }) {
    await clock.sleep(25_000);
  },
});
