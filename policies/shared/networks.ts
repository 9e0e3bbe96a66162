/** Networks in a policy's configuration. */
import { parsed } from "sluice/config";
import * as v from "valibot";
import { parseNetwork } from "./ip.js";

/** A network such as `10.0.0.0/8`, `2001:db8::/32` or an address alone. */
export const network = v.pipe(v.string(), parsed(parseNetwork));
