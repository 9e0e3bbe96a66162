import { sign } from "node:crypto";
import { writeFields } from "../../../src/host/hostcalls/protocol-buffers.js";
import { area, call, cut, pairs, pkcs8, rsaSignature, signs, spki, spkiPem, text, verify } from "./calls.js";

area("messages");

const whole = writeFields([
  [1, "sha256"],
  [2, spki("rsa")],
  [3, rsaSignature],
  [4, text],
]);
const wholeSign = writeFields([
  [1, "sha256"],
  [2, pkcs8("rsa")],
  [3, text],
]);
for (const [name, message] of [
  ["verify_signature", whole],
  ["sign", wholeSign],
] as const) {
  call(name, "no argument", new Uint8Array(0));
  for (const length of [1, 2, 3, 7, 8, 9, 10, 11, 100, -1, -2, -16, -17]) {
    call(name, `message cut to ${length}`, cut(message, length));
  }
  for (const [title, hex] of [
    ["a field 0", "0000"],
    ["a field 0 with a length", "020000"],
    ["a number", "3005"],
    ["a number too long", "30ffffffffffffffffffff01"],
    ["a number of ten bytes", "30ffffffffffffffffff01"],
    ["a number of ten bytes that is too large", "30ffffffffffffffffff7f"],
    ["a number without an end", "30ff"],
    ["a field of 64 bits", "310102030405060708"],
    ["a field of 64 bits, cut", "3101020304050607"],
    ["a field of 32 bits", "3501020304"],
    ["a field of 32 bits, cut", "35010203"],
    ["a group", "3334"],
    ["a group with a field in it", "33080134"],
    ["a group without an end", "33"],
    ["a group's end alone", "34"],
    ["a group with another's end", "333c"],
    ["groups in groups", `${"33".repeat(99)}${"34".repeat(99)}`],
    ["groups in too many groups", `${"33".repeat(101)}${"34".repeat(101)}`],
    ["a wire type 6", "36"],
    ["a wire type 7", "37"],
    ["an unknown field", "7a0141"],
    ["an unknown field whose length is too large", "7a0541"],
    ["a length beyond all", "7affffffff0f"],
    ["a length of ten bytes", "7affffffffffffffffff01"],
    ["a length in more bytes than needed", "7a81800041"],
    ["a tag in more bytes than needed", "fa80000141"],
    ["a tag of 32 bits", "faffffff0f0141"],
    ["a tag beyond 32 bits", "faffffff1f0141"],
    ["a tag of ten bytes", "faffffffffffffffff010141"],
    ["a group with a hash in it", "330a01ff34"],
    ["groups in nearly too many groups", `${"33".repeat(100)}${"34".repeat(100)}`],
    ["the hash again, empty", "0a00"],
    ["the hash again, another", "0a0473686131"],
    ["the hash as a number", "0801"],
    ["the key as a number", "1001"],
    ["the key as 32 bits", "1501020304"],
    ["the key again, empty", "1200"],
    ["the key again, of a byte", "120130"],
    ["the hash again, that is no text", "0a01ff"],
  ] as const) {
    call(name, `${title}, behind`, Buffer.concat([message, Buffer.from(hex, "hex")]));
    call(name, `${title}, before`, Buffer.concat([Buffer.from(hex, "hex"), message]));
    call(name, `${title}, alone`, Buffer.from(hex, "hex"));
  }
  call(name, "zeros", Buffer.alloc(100));
  call(name, "ones", Buffer.alloc(100, 0xff));
}
verify("the hash alone", { der: "", signature: "", data: "" });

// Sizes.
for (const size of [65_536, 2_000_000]) {
  const data = Buffer.alloc(size, "data");
  verify(`${size} bytes of data`, { data, signature: sign("sha256", data, pairs.rsa.privateKey) });
  signs(`${size} bytes of data`, { data });
  verify(`a key of ${size} bytes`, { der: data });
  signs(`a key of ${size} bytes`, { der: data });
  verify(`a key and ${size} bytes`, { der: Buffer.concat([spki("rsa"), data]) });
  verify(`a signature of ${size} bytes`, { signature: data });
  verify(`a hash of ${size} bytes`, { hash: data.subarray(0, Math.min(size, 100_000)) });
  verify(`PEM of ${size} bytes`, { pem: data });
  verify(`PEM behind ${size} bytes`, { pem: `${data.toString()}\n${spkiPem("rsa")}` });
}

// Names.
for (const name of [
  "compress2",
  "verify_signature2",
  "Verify_Signature",
  "verify",
  "sign2",
  "toString",
  "__proto__",
  "x".repeat(1_000),
]) {
  call(name, "an unknown function", whole);
}
