// What web APIs add to a module whose policy mentions them, for the table in docs/web-apis.md: after `npm run build`
//
//   node scripts/web-api-sizes.mjs
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const { compilePolicy } = /** @type {typeof import("../src/compiler/build-module.js")} */ (
  await import(new URL("../dist/compiler/build-module.js", import.meta.url).href)
);

const algorithms = ["HMAC", "HKDF", "PBKDF2", "AES-GCM", "RSASSA-PKCS1-v1_5", "RSA-PSS", "ECDSA", "Ed25519"];
/** What is mentioned, by what comes with it. */
const mentioned = {
  "": ["URL", "crypto.subtle", "URLSearchParams", "Headers", "structuredClone", "crypto", "performance"],
  Uint8Array: ["Uint8Array.fromBase64", "Uint8Array.prototype.toBase64"],
  "crypto.subtle": [
    ...algorithms.map((name) => JSON.stringify(name)),
    algorithms.map((name) => JSON.stringify(name)).join(),
  ],
};

const folder = await mkdtemp(join(tmpdir(), "sluice-sizes-"));
try {
  for (const [before, names] of Object.entries(mentioned)) {
    const without = await sizeWith(before);
    for (const name of names) {
      const { bytes, gzipped } = await sizeWith(before === "" ? name : `${before}, ${name}`);
      console.log(
        `${name}: ${bytes - without.bytes} bytes, ${gzipped - without.gzipped} gzipped${before === "" ? "" : ` more than ${before}`}`,
      );
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

/** @param {string} mention expressions */
async function sizeWith(mention) {
  const file = join(folder, "policy.ts");
  await writeFile(
    file,
    `import { definePolicy } from "sluice"; export default definePolicy({ onRequest() { console.log(${mention}); } });`,
  );
  const { wasm } = await compilePolicy(file);
  return { bytes: wasm.length, gzipped: gzipSync(wasm).length };
}
