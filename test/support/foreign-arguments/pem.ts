import { area, pairs, pkcs8, pkcs8Pem, signed, signs, spki, spkiPem, verify } from "./calls.js";

area("PEM");

const pem = spkiPem("rsa");
const secretPem = pkcs8Pem("rsa");
for (const [title, change] of [
  ["as it is", (each: string) => each],
  ["without the last line end", (each: string) => each.trimEnd()],
  ["with CRLF", (each: string) => each.replaceAll("\n", "\r\n")],
  ["with CR", (each: string) => each.replaceAll("\n", "\r")],
  ["on one line", (each: string) => each.replaceAll(/(?<!-)\n(?!-)/g, "")],
  ["all on one line", (each: string) => each.replaceAll("\n", "")],
  ["with spaces before the lines", (each: string) => each.replaceAll("\n", "\n  ")],
  ["with spaces behind the lines", (each: string) => each.replaceAll("\n", "  \n")],
  ["with empty lines", (each: string) => each.replaceAll("\n", "\n\n")],
  ["behind a text", (each: string) => `a key\n${each}`],
  ["behind a text on its line", (each: string) => `a key ${each}`],
  ["in front of a text", (each: string) => `${each}a key\n`],
  ["with a header", (each: string) => each.replace("\n", "\nKey: value\n\n")],
  [
    "said to be encrypted",
    (each: string) => each.replace("\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"),
  ],
  ["twice", (each: string) => each + each],
  ["without an end", (each: string) => each.slice(0, each.indexOf("-----END"))],
  ["without a beginning", (each: string) => each.slice(each.indexOf("\n") + 1)],
  ["with another end", (each: string) => each.replace(/END .*KEY/, "END KEY")],
  ["in small letters", (each: string) => each.replace(/BEGIN .*KEY/, (all) => all.toLowerCase())],
  ["with letters that are none", (each: string) => each.replace("MII", "M*I")],
  ["with a byte that is no text", (each: string) => each.replace("MII", "M\0I")],
  ["without its padding", (each: string) => each.replaceAll("=", "")],
  ["cut", (each: string) => each.replace(/\n.{64}\n/, "\n")],
  ["of nothing", (each: string) => each.replace(/\n[^-]*\n-/, "\n-")],
  ["with four dashes", (each: string) => each.replaceAll("-----", "----")],
  ["with six dashes", (each: string) => each.replaceAll("-----", "------")],
  ["with a byte order mark", (each: string) => `\ufeff${each}`],
  ["with an empty line first", (each: string) => each.replace("\n", "\n\n")],
  ["with an empty line in the middle", (each: string) => each.replace(/\n(.{64})\n(.{64})\n/, "\n$1\n$2\n\n")],
  ["with a space before a line", (each: string) => each.replace(/\n(.{64})\n/, "\n$1\n ")],
  ["with a space in a line", (each: string) => each.replace(/\n(.{30})/, "\n$1 ")],
  ["with a tab in a line", (each: string) => each.replace(/\n(.{30})/, "\n$1\t")],
  ["with padding", (each: string) => each.replace(/\n-----END/, "====\n-----END")],
  ["with padding in the middle", (each: string) => each.replace(/\n(.{62}).{2}\n/, "\n$1==\n")],
  ["with another line end after its dashes", (each: string) => each.replaceAll("KEY-----", "KEY----- \f\v")],
  ["behind one of another type that has no end", (each: string) => `-----BEGIN OTHER KEY-----\nAAAA\n${each}`],
  [
    "behind one of another type that is none",
    (each: string) => `-----BEGIN OTHER KEY-----\n****\n-----END OTHER KEY-----\n${each}`,
  ],
  ["behind one of the type that is none", (each: string) => `${each.replace("MII", "AAA")}${each}`],
  ["behind one of the type that is no base64", (each: string) => `${each.replace("MII", "***")}${each}`],
  ["with an end that goes on", (each: string) => each.replace(/END (.*KEY)-----/, "END $1-----x")],
  ["with a beginning that goes on", (each: string) => each.replace(/BEGIN (.*KEY)-----/, "BEGIN $1-----x")],
  ["behind one of another type,", (each: string) => `${pkcs8Pem("p256").replaceAll("PRIVATE", "OTHER")}${each}`],
] as const) {
  verify(`PEM ${title}`, { pem: change(pem) });
  signs(`PEM ${title}`, { pem: change(secretPem) });
}
verify("PEM behind the private key", { pem: secretPem + pem });
signs("PEM behind the public key", { pem: pem + secretPem });
verify("PEM and DER", { der: spki("rsa"), pem });
signs("PEM and DER", { der: pkcs8("rsa"), pem: secretPem });
verify("PEM of P-256", { pem: spkiPem("p256"), signature: signed(pairs.p256.privateKey) });
for (const [title, change] of [
  ["as it is", (each: string) => each],
  ["without its padding", (each: string) => each.replaceAll("=", "")],
  ["with half of its padding", (each: string) => each.replace("==", "=")],
  ["with padding and more", (each: string) => each.replace("==", "==AAAA")],
  ["with bits that are not used", (each: string) => each.replace("==", "/==").replace(/.\/==/, "/==")],
] as const) {
  verify(`PEM of P-256 ${title}`, { pem: change(spkiPem("p256")), signature: signed(pairs.p256.privateKey) });
  verify(`PEM of P-521 ${title}`, { pem: change(spkiPem("p521")), signature: signed(pairs.p521.privateKey) });
}
verify("PEM that is DER", { pem: spki("rsa") });
signs("PEM that is DER", { pem: pkcs8("rsa") });
verify("PEM that is empty", { pem: "", der: "" });
verify("PEM certificate", { pem: pem.replaceAll("PUBLIC KEY", "CERTIFICATE") });
