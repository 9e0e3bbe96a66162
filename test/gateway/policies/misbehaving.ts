import { definePolicy, Flow } from "sluice";

/** Does what the path says: `/request/<misdeed>` in the request filter, `/response/<misdeed>` in the response filter. */
export default definePolicy({
  async onRequest(request) {
    const [, phase, misdeed] = request.path.split("/");
    if (phase === "request") {
      await misdeeds[misdeed ?? ""]?.();
    }
    return Flow.Continue(phase === "response" ? misdeed : undefined);
  },

  async onResponse(_response, { requestData }) {
    if (requestData.kind === "continue") {
      await misdeeds[requestData.value ?? ""]?.();
    }
  },
});

const misdeeds: Readonly<Record<string, () => unknown>> = {
  throw() {
    throw new Error("secret cause");
  },

  loop() {
    for (let turn = 0; ; turn++) {
      Math.sqrt(turn);
    }
  },

  async "loop-in-a-promise-job"() {
    await Promise.resolve();
    for (let turn = 0; ; turn++) {
      Math.cbrt(turn);
    }
  },

  expression() {
    return /^(a+)+$/.test(`${"a".repeat(60)}b`);
  },

  recursion: () => deeper(0),

  memory() {
    const kept: unknown[] = [];
    for (;;) {
      // Quickly: the memory is used up before the time is.
      kept.push(new Uint8Array(160_000));
    }
  },
};

function deeper(depth: number): number {
  return deeper(depth + 1) + 1;
}
