// expect-error: 'node:fs'
import { readFileSync } from "node:fs";

// expect-error: Cannot find name 'process'
console.log(process.env["TOKEN"]);

// expect-error: Cannot find name 'Buffer'
console.log(Buffer.from("text"));

// expect-error: Cannot find name 'document'
document.title = "policy";

// expect-error: Cannot find name 'fetch'
void fetch("https://auth.example/check");

// expect-error: Cannot find name 'setInterval'
setInterval(() => readFileSync, 1000);

// expect-error: Cannot find name 'Request'
console.log(new Request("https://auth.example/check"));

// expect-error: Expected 1-2 arguments, but got 3
setTimeout(() => undefined, 10, "an argument");
