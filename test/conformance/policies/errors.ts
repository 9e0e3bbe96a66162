/** The same interpreter: what is tried is what counts. */
export { default } from "./states.js";
