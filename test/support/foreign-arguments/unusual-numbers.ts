import { createPrivateKey, createPublicKey } from "node:crypto";
import { area, changed, pairs, pkcs8, signed, signs, spki, verify } from "./calls.js";

area("unusual numbers");

const ecKey = pairs.p256.publicKey.export({ format: "jwk" });
const [x, y] = [Buffer.from(ecKey.x!, "base64url"), Buffer.from(ecKey.y!, "base64url")];
const odd = y.at(-1)! % 2;
for (const [title, point] of [
  ["compressed", [Buffer.of(2 + odd), x]],
  ["compressed, the other one", [Buffer.of(3 - odd), x]],
  ["hybrid", [Buffer.of(6 + odd), x, y]],
  ["of another form", [Buffer.of(5), x, y]],
  ["with a byte more", [Buffer.of(4), x, y, Buffer.of(0)]],
] as const) {
  const bits = Buffer.concat([Buffer.of(0), ...point]);
  const begin = Buffer.from("301306072a8648ce3d020106082a8648ce3d030107", "hex");
  const der = Buffer.concat([Buffer.of(0x30, begin.length + bits.length + 2), begin, Buffer.of(3, bits.length), bits]);
  verify(`a point that is ${title}`, { der, signature: signed(pairs.p256.privateKey) });
}

// RSA with numbers that are unusual.
for (const [title, bits, e] of [
  ["an exponent of 1", 2_048, "01"],
  ["an exponent that is even", 2_048, "010000"],
  ["an exponent of 33 bits", 2_048, "0100000001"],
  ["an exponent of 33 bits, more of them", 2_048, "01ffffffff"],
  ["an exponent of 34 bits", 2_048, "0200000001"],
  ["an exponent of 64 bits", 2_048, "8000000000000001"],
  ["256 bits", 256, "010001"],
  ["511 bits", 511, "010001"],
  ["8192 bits", 8_192, "010001"],
  ["16384 bits", 16_384, "010001"],
  ["16392 bits", 16_392, "010001"],
] as const) {
  const n = Buffer.alloc(Math.ceil(bits / 8), 0xa5);
  n[0] = bits % 8 === 0 ? 0xa5 : 0x65;
  const jwk = { kty: "RSA", n: n.toString("base64url"), e: Buffer.from(e, "hex").toString("base64url") };
  const der = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" });
  verify(`RSA with ${title}`, { der, signature: Buffer.alloc(n.length, 1) });
}
verify("RSA with a modulus that is even", { der: changed(spki("rsa"), -6, (byte) => byte & 0xfe) });
verify("RSA without parameters", { der: withoutParameters(spki("rsa")) });
signs("RSA without parameters", { der: withoutParameters(pkcs8("rsa")) });
for (const name of ["d", "p", "q", "dp", "dq", "qi"] as const) {
  const jwk = pairs.rsa.privateKey.export({ format: "jwk" });
  const value = Buffer.from(jwk[name]!, "base64url");
  const other = Buffer.from(changed(value, -1, (byte) => byte ^ 2)).toString("base64url");
  const key = createPrivateKey({ key: { ...jwk, [name]: other }, format: "jwk" });
  signs(`RSA with another ${name}`, { der: key.export({ type: "pkcs8", format: "der" }) });
}

// ECDSA in DER that is not as it has to be.
const { r, s } = partsOf(signed(pairs.p256.privateKey));
const integer = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.of(2, bytes.length), bytes]);
const sequence = (...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
};
for (const [title, signature] of [
  ["right", sequence(integer(r), integer(s))],
  ["r with a byte of zero more", sequence(integer(Buffer.concat([Buffer.of(0), r])), integer(s))],
  ["r of zero", sequence(integer(Buffer.of(0)), integer(s))],
  ["s of zero", sequence(integer(r), integer(Buffer.of(0)))],
  ["r below zero", sequence(integer(Buffer.of(0xff)), integer(s))],
  ["no s", sequence(integer(r))],
  ["three integers", sequence(integer(r), integer(s), integer(s))],
  ["bytes behind", Buffer.concat([sequence(integer(r), integer(s)), Buffer.of(0)])],
  ["raw", Buffer.concat([r.subarray(-32), s.subarray(-32)])],
  ["a set", changed(sequence(integer(r), integer(s)), 0, () => 0x31)],
  ["a long length", Buffer.concat([Buffer.of(0x30, 0x81, r.length + s.length + 4), integer(r), integer(s)])],
  ["empty integers", Buffer.from("300402000200", "hex")],
] as const) {
  verify(`ECDSA, ${title}`, { der: spki("p256"), signature });
}

function withoutParameters(der: Buffer): Buffer {
  const at = der.indexOf(Buffer.from("0500", "hex"));
  const left = Buffer.concat([der.subarray(0, at), der.subarray(at + 2)]);
  left.writeUInt16BE(left.readUInt16BE(2) - 2, 2);
  const algorithm = left.indexOf(Buffer.from("300d0609", "hex"));
  left[algorithm + 1] = 11;
  return left;
}

function partsOf(der: Uint8Array): { r: Buffer; s: Buffer } {
  const length = der[3]!;
  return { r: Buffer.from(der.subarray(4, 4 + length)), s: Buffer.from(der.subarray(6 + length)) };
}
