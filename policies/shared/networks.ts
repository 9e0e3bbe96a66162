/** Networks in a policy's configuration. */
import * as v from "valibot";
import { type Network, parseNetwork } from "./ip.js";

/** A network such as `10.0.0.0/8`, `2001:db8::/32` or an address alone. */
export const network = v.pipe(
  v.string(),
  v.rawTransform<string, Network>(({ dataset, addIssue, NEVER }) => {
    const parsed = parseNetwork(dataset.value);
    if (typeof parsed === "string") {
      addIssue({ message: parsed });
      return NEVER;
    }
    return parsed;
  }),
);
