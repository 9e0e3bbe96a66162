/** The same with a module state of its own. */
export { default } from "./busy.js";
