/** The example as it is. */
export { default } from "../../../examples/canned-response/policy.js";
