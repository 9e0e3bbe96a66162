/** The same policy: what counts is what the upstream sees of a request that is broken. */
export { default } from "./early-answers.js";
