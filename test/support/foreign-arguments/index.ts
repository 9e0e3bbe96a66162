/** Arguments of the foreign functions `verify_signature` and `sign`: right ones, and whatever a module may give instead. */
import "./hashes-and-keys.js";
import "./broken-der.js";
import "./unusual-numbers.js";
import "./pem.js";
import "./messages.js";

export { type ForeignCall, foreignCalls } from "./calls.js";
