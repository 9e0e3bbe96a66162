import { area, pairs, pkcs8, pkcs8Pem, signed, signs, spki, spkiPem, verify } from "./calls.js";

area("hashes and kinds of keys");

const allHashes = ["sha1", "sha224", "sha256", "sha384", "sha512"];
for (const hash of allHashes) {
  for (const pair of ["rsa", "rsa1024", "rsaOf3", "p224", "p256", "p384", "p521"] as const) {
    verify(`${pair} ${hash}`, { hash, der: spki(pair), signature: signed(pairs[pair].privateKey, hash) });
    signs(`${pair} ${hash}`, { hash, der: pkcs8(pair) });
  }
}
for (const hash of [
  "",
  "SHA256",
  "Sha256",
  "sha-256",
  "SHA-256",
  "sha256 ",
  " sha256",
  "sha256\0",
  "md5",
  "sha3-256",
  "none",
  "RSA-SHA256",
  "x".repeat(1_000),
  "é",
  "sha512-256",
  "ripemd160",
  "MD5-SHA1",
]) {
  const name = JSON.stringify(hash.slice(0, 20));
  verify(`hash ${name}`, { hash });
  signs(`hash ${name}`, { hash });
}
for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
  verify(`hash of bytes ${bytes.join()}`, { hash: Uint8Array.from(bytes) });
  signs(`hash of bytes ${bytes.join()}`, { hash: Uint8Array.from(bytes) });
}
for (const pair of [
  "rsa512",
  "pss",
  "secp256k1",
  "brainpool",
  "explicit",
  "ed25519",
  "ed448",
  "x25519",
  "x448",
  "dsa",
] as const) {
  const signature = ["x25519", "x448"].includes(pair)
    ? new Uint8Array(64)
    : signed(pairs[pair].privateKey, pair.startsWith("ed") ? null : "sha1");
  verify(`${pair} as DER`, { hash: "sha1", der: spki(pair), signature });
  verify(`${pair} as PEM`, { hash: "sha1", pem: spkiPem(pair), signature });
  signs(`${pair} as DER`, { hash: "sha1", der: pkcs8(pair) });
  signs(`${pair} as PEM`, { hash: "sha1", pem: pkcs8Pem(pair) });
}
for (const hash of allHashes) {
  signs(`rsa512 ${hash}`, { hash, der: pkcs8("rsa512") });
}
verify("another key of the type", { der: spki("otherRsa") });
verify("a key of another type", { der: spki("p256") });
verify("a signature of another type", { signature: signed(pairs.p256.privateKey) });
verify("a private key", { der: pkcs8("rsa") });
verify("a private key as PEM", { pem: pkcs8Pem("rsa") });
signs("a public key", { der: spki("rsa") });
signs("a public key as PEM", { pem: spkiPem("rsa") });
verify("a key of PKCS #1", { der: pairs.rsa.publicKey.export({ type: "pkcs1", format: "der" }) });
verify("a key of PKCS #1 as PEM", { pem: pairs.rsa.publicKey.export({ type: "pkcs1", format: "pem" }) });
signs("a key of PKCS #1", { der: pairs.rsa.privateKey.export({ type: "pkcs1", format: "der" }) });
signs("a key of PKCS #1 as PEM", { pem: pairs.rsa.privateKey.export({ type: "pkcs1", format: "pem" }) });
signs("a key of SEC 1", { der: pairs.p256.privateKey.export({ type: "sec1", format: "der" }) });
signs("a key of SEC 1 as PEM", { pem: pairs.p256.privateKey.export({ type: "sec1", format: "pem" }) });
signs("an encrypted key as PEM", {
  pem: pairs.rsa.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-128-cbc", passphrase: "p" }),
});
signs("an encrypted key", {
  der: pairs.rsa.privateKey.export({ type: "pkcs8", format: "der", cipher: "aes-128-cbc", passphrase: "p" }),
});
