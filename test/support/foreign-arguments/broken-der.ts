import { sign } from "node:crypto";
import { area, changed, cut, pairs, pkcs8, signed, signs, spki, verify } from "./calls.js";

area("broken DER");

for (const pair of ["rsa", "p256"] as const) {
  const [key, secret] = [spki(pair), pkcs8(pair)];
  const signature = signed(pairs[pair].privateKey);
  for (const length of [0, 1, 2, 3, 4, 10, 20, 24, -1, -2, -10]) {
    verify(`${pair} key cut to ${length}`, { der: cut(key, length), signature });
    signs(`${pair} key cut to ${length}`, { der: cut(secret, length) });
  }
  for (const at of [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 18, 20, 22, 24, 26, 28, 30, -1]) {
    verify(`${pair} key changed at ${at}`, { der: changed(key, at, (byte) => byte ^ 1), signature });
    signs(`${pair} key changed at ${at}`, { der: changed(secret, at, (byte) => byte ^ 1) });
  }
  for (const more of [1, 100]) {
    verify(`${pair} key and ${more} bytes`, { der: Buffer.concat([key, Buffer.alloc(more)]), signature });
    signs(`${pair} key and ${more} bytes`, { der: Buffer.concat([secret, Buffer.alloc(more)]) });
  }
  verify(`${pair} key twice`, { der: Buffer.concat([key, key]), signature });
  signs(`${pair} key twice`, { der: Buffer.concat([secret, secret]) });
  for (const length of [0, 1, 2, 8, 63, 64, 70, 255, -1]) {
    verify(`${pair} signature cut to ${length}`, { der: key, signature: cut(signature, length) });
  }
  verify(`${pair} signature and a byte`, { der: key, signature: Buffer.concat([signature, Buffer.of(0)]) });
  verify(`${pair} signature behind a byte`, { der: key, signature: Buffer.concat([Buffer.of(0), signature]) });
  for (const at of [0, 1, 2, 3, 4, 20, -1]) {
    verify(`${pair} signature changed at ${at}`, {
      der: key,
      signature: changed(signature, at, (byte) => byte ^ 0x80),
    });
  }
  verify(`${pair} signature of zeros`, { der: key, signature: Buffer.alloc(signature.length) });
  verify(`${pair} signature of ones`, { der: key, signature: Buffer.alloc(signature.length, 0xff) });
  verify(`${pair} no data`, { der: key, signature, data: "" });
  verify(`${pair} no signature, no data`, { der: key, signature: "", data: "" });
  verify(`${pair} signature of nothing`, {
    der: key,
    signature: sign("sha256", Buffer.alloc(0), pairs[pair].privateKey),
    data: "",
  });
  signs(`${pair} no data`, { der: secret, data: "" });
}
for (const [title, der] of [
  ["zeros", Buffer.alloc(300)],
  ["ones", Buffer.alloc(300, 0xff)],
  ["text", Buffer.from("-----BEGIN PUBLIC KEY-----")],
  ["a length beyond all", Buffer.from("3084ffffffff00", "hex")],
  ["an indefinite length", Buffer.concat([Buffer.from("3080", "hex"), spki("rsa").subarray(4), Buffer.alloc(2)])],
  [
    "a length in more bytes than needed",
    Buffer.concat([Buffer.from("3083", "hex"), Buffer.of(0), spki("rsa").subarray(2)]),
  ],
  ["an empty sequence", Buffer.from("3000", "hex")],
  ["sequences in sequences", Buffer.from("3080".repeat(150), "hex")],
  ["P-256 with a point that is on no curve", changed(spki("p256"), -1, (byte) => byte ^ 1)],
  [
    "P-256 with the point at infinity",
    Buffer.from("301906072a8648ce3d020106082a8648ce3d030107030200 00".replace(" ", ""), "hex"),
  ],
] as const) {
  verify(title, { der });
  signs(title, { der });
}
