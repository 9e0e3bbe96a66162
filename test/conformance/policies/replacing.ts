/** The interpreter of operations: what becomes of headers that describe a body, and of bodies that are not JSON. */
export { default } from "./states.js";
