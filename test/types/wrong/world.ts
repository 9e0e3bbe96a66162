// expect-error: 'node:fs'
import { readFileSync } from "node:fs";

// expect-error: 'node:crypto'
import { createHash } from "node:crypto";

// expect-error: 'node:net'
import "node:net";

// expect-error: Cannot find name 'require'
require("node:fs");

// expect-error: Cannot find name '__dirname'
console.log(__dirname, createHash);

// expect-error: Property 'url' does not exist on type 'ImportMeta'
console.log(import.meta.url);

// expect-error: Cannot find name 'window'
window.close();

// expect-error: Cannot find name 'localStorage'
localStorage.clear();

// expect-error: Cannot find name 'WebSocket'
new WebSocket("wss://auth.example");

// expect-error: Cannot find name 'ReadableStream'
new ReadableStream();

// expect-error: Cannot find name 'Blob'
new Blob(["text"]);

// expect-error: Cannot find name 'FormData'
new FormData();

// expect-error: Cannot find name 'process'
console.log(process.env["TOKEN"]);

// expect-error: Cannot find name 'Buffer'
console.log(Buffer.from("text"));

// expect-error: Cannot find name 'document'
document.title = "policy";

// expect-error: Cannot find name 'setInterval'
setInterval(() => readFileSync, 1000);

// expect-error: Cannot find name 'Request'
console.log(new Request("https://auth.example/check"));

// expect-error: Expected 1-2 arguments, but got 3
setTimeout(() => undefined, 10, "an argument that the callback does not take");

// expect-error: not assignable to parameter of type 'string | URL'
new URL(42);

// expect-error: 'createObjectURL' does not exist
URL.createObjectURL("x");

// expect-error: not assignable to parameter of type 'IntegerArray'
crypto.getRandomValues(new Float64Array(1));

// expect-error: Property 'wrapKey' does not exist
crypto.subtle.wrapKey;

// expect-error: not assignable
void crypto.subtle.importKey("spki", new Uint8Array(1), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);

// expect-error: Cannot find name 'EventTarget'
new EventTarget();

// expect-error: Property 'dispatchEvent' does not exist
AbortSignal.abort().dispatchEvent("abort");

// expect-error: Expected 1 arguments, but got 2
structuredClone(1, { transfer: [] });
