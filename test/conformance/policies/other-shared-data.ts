// Another policy that does the same.
export { default } from "./shared-data.js";
