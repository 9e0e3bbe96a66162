/** The same in a module of its own, so that neighbours in a chain share no VM. */
export { default } from "./member.js";
