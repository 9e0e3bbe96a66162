/** The same policy: what counts is the route's limit. */
export { default } from "./whole-bodies.js";
