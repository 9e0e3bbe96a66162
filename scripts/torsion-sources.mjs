// What verifies and makes signatures in Envoy's own process, where no host has functions for it: libtorsion's sources, pinned, as the
// package `bcrypto` of npm brings them along.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { limitMilliseconds, run } from "./quickjs-sources.mjs";

const name = "bcrypto";
const version = "5.5.2";
const hash = "a7dcb02bf5b6a0a5a0d099b2bffecf4ba6d08d1d60be587addc48fc5eb96d5fc";

/** Its translation units that RSA and the curves of NIST need. */
export const torsionUnits = ["asn1", "cipher", "drbg", "ecc", "hash", "internal", "mpi", "rsa", "util"];

/** A folder with `include` and `src`. @param {string} python @param {string} temporary */
export async function unpackTorsion(python, temporary) {
  await run("npm", ["pack", `${name}@${version}`, "--silent", "--ignore-scripts", "--pack-destination", temporary], {
    cwd: temporary,
    timeout: limitMilliseconds,
  });
  const archive = join(temporary, `${name}-${version}.tgz`);
  const found = createHash("sha256")
    .update(await readFile(archive))
    .digest("hex");
  if (found !== hash) {
    throw new Error(`npm's ${name} ${version} has the SHA-256 ${found}, not ${hash}.`);
  }
  await run(python, ["-m", "tarfile", "-e", archive, temporary], { timeout: limitMilliseconds });
  return join(temporary, "package/deps/torsion");
}
