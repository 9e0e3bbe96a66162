/** The example, with its default realm. */
export { default } from "../../../examples/require-token/policy.js";
