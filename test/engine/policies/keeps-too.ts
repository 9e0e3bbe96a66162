/** Another policy that does the same, with a memory of its own. */
export { default } from "./keeps.js";
