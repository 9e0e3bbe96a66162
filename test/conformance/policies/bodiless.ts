/** The interpreter of operations: what is tried on messages without a body. */
export { default } from "./states.js";
