/** The interpreter of operations: what a policy does to its own answer. */
export { default } from "./states.js";
