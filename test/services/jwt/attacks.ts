/** Tokens that must be refused, by a verifier for RS256, ES256 or HS256, each with why. */
import { Buffer } from "node:buffer";
import { createSign } from "node:crypto";
import type { JwtErrorCode } from "../../../src/services/jwt/index.js";
import { b64, claims, ec, otherEc, otherRsa, rsa, secret, signature, token } from "./tokens.js";
import { start } from "./worker.js";

export interface Attack {
  readonly name: string;
  readonly token: string;
  readonly code: JwtErrorCode;
  /** Which of the verifiers: of RSA, of EC, of a secret; default: that of RSA. */
  readonly verifier?: "RS256" | "ES256" | "HS256";
}

const good = token({ alg: "RS256" }, claims());
const [goodHeader = "", goodPayload = "", goodSignature = ""] = good.split(".");
const goodEc = token({ alg: "ES256" }, claims());
const goodHmac = token({ alg: "HS256" }, claims());

const attack = (code: JwtErrorCode, verifier?: Attack["verifier"]) =>
  function* (named: Readonly<Record<string, string>>): Generator<Attack> {
    for (const [name, text] of Object.entries(named)) {
      yield { name, token: text, code, ...(verifier === undefined ? {} : { verifier }) };
    }
  };
const hs = (header: object | string, payload: unknown = claims()): string =>
  token(typeof header === "string" ? header : { alg: "HS256", ...header }, payload, secret, "HS256");
const rs = (payload: unknown, header: object = {}): string => token({ alg: "RS256", ...header }, payload);
const unsigned = (header: unknown): string => `${b64(header)}.${goodPayload}.`;
const withSignature = (bytes: Uint8Array | string): string =>
  `${goodHeader}.${goodPayload}.${typeof bytes === "string" ? bytes : b64(bytes)}`;
const signatureBytes = new Uint8Array(Buffer.from(goodSignature, "base64url"));
const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
const n = Buffer.from(rsa.jwk.n!, "base64url");
const ecParts = goodEc.split(".");
const ecSignature = new Uint8Array(Buffer.from(ecParts[2]!, "base64url"));
const withEcSignature = (bytes: Uint8Array): string => `${ecParts[0]}.${ecParts[1]}.${b64(bytes)}`;
/** Of P-256. */
const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const derSignature = createSign("sha256").update(`${ecParts[0]}.${ecParts[1]}`).sign(ec.privateKey);
const spki = rsa.publicKey.export({ type: "spki", format: "der" });
const deep = (depth: number): string => `{"alg":"HS256","a":${"[".repeat(depth)}${"]".repeat(depth)}}`;

/** Another text for the same bytes: the bits of the last character that stand for nothing are set. */
function uncanonical(part: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)!) + 1]!;
}
/** A payload of which the text has unused bits. */
const ragged = b64(
  JSON.stringify(claims()).padEnd(JSON.stringify(claims()).length + ((4 - (JSON.stringify(claims()).length % 3)) % 3)),
);
const resigned = (header: string, payload: string): string => {
  const signed = `${header}.${payload}`;
  return `${signed}.${signature("HS256", secret, signed)}`;
};

export const attacks: readonly Attack[] = [
  ...attack("JWT_MALFORMED")({
    "nothing but a dot": ".",
    "two dots": "..",
    "no dots": "nodots",
    "one dot": `${goodHeader}.${goodPayload}`,
    "three dots": `${good}.`,
    "four dots, as JWE has them": `${goodHeader}.${goodPayload}.${goodSignature}.a.b`,
    "a dot in front": `.${good}`,
    "no header": `.${goodPayload}.${goodSignature}`,
    "the JSON serialisation": JSON.stringify({ payload: goodPayload, protected: goodHeader, signature: goodSignature }),
    "a space in front": ` ${good}`,
    "a space behind": `${good} `,
    "a space in the signature": withSignature(`${goodSignature.slice(0, 10)} ${goodSignature.slice(10)}`),
    "a line end in the signature": withSignature(`${goodSignature.slice(0, 10)}\n${goodSignature.slice(10)}`),
    "a line end in the payload": `${goodHeader}.${goodPayload.slice(0, 8)}\n${goodPayload.slice(8)}.${goodSignature}`,
    "a tab in the header": `${goodHeader.slice(0, 8)}\t${goodHeader.slice(8)}.${goodPayload}.${goodSignature}`,
    "NUL behind": `${good}\0`,
    "padding behind the signature": `${good}==`,
    "padding behind the header": `${b64('{"alg":"RS256"} ')}=.${goodPayload}.${goodSignature}`,
    "base64, not base64url": withSignature(Buffer.from(signatureBytes).toString("base64")),
    "a plus in the signature": withSignature(`+${goodSignature.slice(1)}`),
    "a slash in the signature": withSignature(`/${goodSignature.slice(1)}`),
    "a percent sign in the signature": withSignature(`%2B${goodSignature.slice(3)}`),
    "a letter beyond ASCII": withSignature(`é${goodSignature.slice(1)}`),
    "a letter beyond one byte": withSignature(`Ā${goodSignature.slice(1)}`),
    "one character too many in the signature": withSignature(`${goodSignature.slice(0, 340)}A`),
    "a signature whose last bits are not zero": withSignature(uncanonical(goodSignature)),
    "two tokens": `${good},${good}`,
    "a scheme in front": `Bearer ${good}`,
    "quotes around": `"${good}"`,
  }),
  ...attack(
    "JWT_MALFORMED",
    "HS256",
  )({
    "a header that is no JSON": hs("{"),
    "a header that is a text": hs('"HS256"'),
    "a header that is a list": hs('[{"alg":"HS256"}]'),
    "a header that is null": hs("null"),
    "a header that is a number": hs("1"),
    "an empty header": hs("{}"),
    "a header without alg": hs('{"typ":"JWT"}'),
    "alg in upper case": hs('{"ALG":"HS256"}'),
    "alg that is null": hs('{"alg":null}'),
    "alg that is a list": hs('{"alg":["HS256"]}'),
    "alg that is an object": hs('{"alg":{"name":"HS256"}}'),
    "alg that is a number": hs('{"alg":256}'),
    "typ that is a list": hs('{"alg":"HS256","typ":["JWT"]}'),
    "kid that is a number": hs('{"alg":"HS256","kid":1}'),
    "kid that is an object": hs('{"alg":"HS256","kid":{"$ne":null}}'),
    "alg twice": hs('{"alg":"none","alg":"HS256"}'),
    "alg twice, once with an escape": hs('{"alg":"none","\\u0061lg":"HS256"}'),
    "kid twice": hs('{"alg":"HS256","kid":"a","kid":"b"}'),
    "a member twice inside of another": hs('{"alg":"HS256","a":{"b":1,"b":2}}'),
    "a member twice inside of a list": hs('{"alg":"HS256","a":[{"b":1,"b":2}]}'),
    "a header with something behind": hs('{"alg":"HS256"}x'),
    "a header with two objects": hs('{"alg":"HS256"}{"alg":"HS256"}'),
    "a header with a comment": hs('{"alg":"HS256"/**/}'),
    "a header with a comma at the end": hs('{"alg":"HS256",}'),
    "a header with single quotes": hs("{'alg':'HS256'}"),
    "a header with a byte order mark": hs('\ufeff{"alg":"HS256"}'),
    "a header in UTF-16": hs(Buffer.from('{"alg":"HS256"}', "utf16le").toString("latin1")),
    "a header with NUL behind": hs('{"alg":"HS256"}\0'),
    "a header that is not UTF-8": resigned(b64(Buffer.from('{"alg":"HS256","a":"\xff"}', "latin1")), goodPayload),
    "a header whose last bits are not zero": resigned(uncanonical(b64('{"alg":"HS256"}  ')), goodPayload),
    "a payload that is no JSON": hs({}, "{"),
    "an empty payload": hs({}, ""),
    "a payload that is a text": hs({}, '"ada"'),
    "a payload that is a list": hs({}, [claims()]),
    "a payload that is null": hs({}, "null"),
    "a payload that is a token itself": hs({}, goodHmac),
    "sub twice": hs({}, JSON.stringify(claims()).replace('"sub"', '"sub":"root","sub"')),
    "exp twice": hs({}, JSON.stringify(claims()).replace('"exp"', '"exp":1,"exp"')),
    "a claim twice, at depth": hs(
      {},
      JSON.stringify(claims({ a: [{ b: { c: 1, d: 2 } }] })).replace('"d":2', '"d":2,"d":3'),
    ),
    "a claim twice, once with an escape": hs({}, JSON.stringify(claims()).replace('"sub"', '"s\\u0075b":"root","sub"')),
    "a claim twice, with colons in texts": hs(
      {},
      JSON.stringify(claims({ a: ':":\\"' })).replace('"sub"', '"sub":":","sub"'),
    ),
    "a payload that is not UTF-8": resigned(
      b64({ alg: "HS256" }),
      b64(Buffer.from('{"exp":9999999999,"sub":"\xff"}', "latin1")),
    ),
    "a payload whose last bits are not zero": resigned(b64({ alg: "HS256" }), uncanonical(ragged)),
    "a payload with a byte order mark": hs({}, `\ufeff${JSON.stringify(claims())}`),
    "NaN as exp": hs({}, '{"exp":NaN}'),
    "Infinity as exp": hs({}, '{"exp":Infinity}'),
    "exp in hexadecimal": hs({}, '{"exp":0xffffffff}'),
  }),
  ...attack(
    "JWT_UNSUPPORTED",
    "HS256",
  )({
    "crit with what nobody knows": hs({ crit: ["https://example.com/x"], "https://example.com/x": 1 }),
    "crit with exp": hs({ crit: ["exp"], exp: start + 300 }),
    "crit with alg": hs({ crit: ["alg"] }),
    "an empty crit": hs({ crit: [] }),
    "crit that is a text": hs({ crit: "exp" }),
    "crit that is null": hs('{"alg":"HS256","crit":null}'),
    "b64: false": hs({ b64: false, crit: ["b64"] }),
    "b64: false without crit": hs({ b64: false }),
    "b64: true with crit": hs({ b64: true, crit: ["b64"] }),
    "b64 that is a text": hs({ b64: "true" }),
  }),
  ...attack("JWT_ALGORITHM")({
    none: unsigned({ alg: "none" }),
    "none, signed": `${b64({ alg: "none" })}.${goodPayload}.${goodSignature}`,
    None: unsigned({ alg: "None" }),
    NONE: unsigned({ alg: "NONE" }),
    nOnE: unsigned({ alg: "nOnE" }),
    "none with a space": unsigned({ alg: " none" }),
    "none with NUL": unsigned({ alg: "none\0" }),
    "an empty alg": unsigned({ alg: "" }),
    "alg null as a text": unsigned({ alg: "null" }),
    __proto__: unsigned({ alg: "__proto__" }),
    constructor: unsigned({ alg: "constructor" }),
    toString: unsigned({ alg: "toString" }),
    rs256: token({ alg: "rs256" }, claims(), rsa.privateKey, "RS256"),
    "RS256 with a space": token({ alg: "RS256 " }, claims(), rsa.privateKey, "RS256"),
    "RS512, which is not listed": token({ alg: "RS512" }, claims()),
    RS1: unsigned({ alg: "RS1" }),
    PS256: unsigned({ alg: "PS256" }),
    EdDSA: unsigned({ alg: "EdDSA" }),
    ES256K: unsigned({ alg: "ES256K" }),
    "HS256 with the public key as PEM": token({ alg: "HS256" }, claims(), rsa.pem, "HS256"),
    "HS256 with the public key as PEM without its last line end": token(
      { alg: "HS256" },
      claims(),
      rsa.pem.trim(),
      "HS256",
    ),
    "HS256 with the public key as DER": token({ alg: "HS256" }, claims(), spki, "HS256"),
    "HS256 with the modulus": token({ alg: "HS256" }, claims(), n, "HS256"),
    "HS256 with the public key as JWK": token({ alg: "HS256" }, claims(), JSON.stringify(rsa.jwk), "HS256"),
    "HS256 with an empty key": token({ alg: "HS256" }, claims(), "", "HS256"),
    "HS384 with the public key": token({ alg: "HS384" }, claims(), rsa.pem, "HS384"),
    "HS512 with the public key": token({ alg: "HS512" }, claims(), rsa.pem, "HS512"),
    "ES256 for a key of RSA": goodEc,
    "dir, as JWE has it": unsigned({ alg: "dir", enc: "A128GCM" }),
    "RSA-OAEP": unsigned({ alg: "RSA-OAEP", enc: "A128GCM" }),
  }),
  ...attack(
    "JWT_ALGORITHM",
    "HS256",
  )({
    "a header that is deep": hs(deep(1_000).replace("HS256", "HS999")),
    "RS256 for a secret": good,
    "HS512 with the right secret": token({ alg: "HS512" }, claims()),
    "HS384 with the right secret": token({ alg: "HS384" }, claims()),
  }),
  ...attack(
    "JWT_ALGORITHM",
    "ES256",
  )({
    "HS256 with the point": token({ alg: "HS256" }, claims(), ec.pem, "HS256"),
    ES384: unsigned({ alg: "ES384" }),
  }),
  ...attack("JWT_SIGNATURE")({
    "no signature": withSignature(""),
    "a signature of zeros": withSignature(new Uint8Array(256)),
    "a signature of one byte": withSignature(new Uint8Array(1)),
    "a signature that is one": withSignature(Uint8Array.from({ length: 256 }, (_, index) => (index === 255 ? 1 : 0))),
    "a signature that is the modulus": withSignature(n),
    "a signature that is the modulus less one": withSignature(flipped(n, 255)),
    "a signature whose first bit is another": withSignature(flipped(signatureBytes, 0)),
    "a signature whose last bit is another": withSignature(flipped(signatureBytes, 255)),
    "a signature that is too long": withSignature(Buffer.concat([signatureBytes, Buffer.alloc(1)])),
    "a signature with a zero in front": withSignature(Buffer.concat([Buffer.alloc(1), signatureBytes])),
    "a signature that is too short": withSignature(signatureBytes.subarray(0, 255)),
    "a signature of another key": token({ alg: "RS256" }, claims(), otherRsa.privateKey),
    "a signature of another payload": `${goodHeader}.${b64(claims({ sub: "root" }))}.${goodSignature}`,
    "a signature of another header": `${b64({ alg: "RS256", typ: "JWT" })}.${goodPayload}.${goodSignature}`,
    "a signature with another hash": token({ alg: "RS256" }, claims(), rsa.privateKey, "RS512"),
    "the key in the header (jwk)": rs(claims(), { jwk: otherRsa.jwk }).replace(/[^.]+$/, (text) =>
      text.replace(/^./, (char) => (char === "A" ? "B" : "A")),
    ),
    "a signature of the key in the header (jwk)": token(
      { alg: "RS256", jwk: otherRsa.jwk },
      claims(),
      otherRsa.privateKey,
    ),
    "a signature of the key at a URL (jku)": token(
      { alg: "RS256", jku: "https://evil.example.com/jwks" },
      claims(),
      otherRsa.privateKey,
    ),
    "a signature of the certificate at a URL (x5u)": token(
      { alg: "RS256", x5u: "https://evil.example.com/x" },
      claims(),
      otherRsa.privateKey,
    ),
    "a signature of the certificate in the header (x5c)": token(
      { alg: "RS256", x5c: ["MIIB"] },
      claims(),
      otherRsa.privateKey,
    ),
    "the payload and the header exchanged": `${goodPayload}.${goodHeader}.${goodSignature}`.replace(
      /^[^.]+/,
      goodHeader,
    ),
  }),
  ...attack(
    "JWT_SIGNATURE",
    "ES256",
  )({
    "r and s of zeros (CVE-2022-21449)": withEcSignature(new Uint8Array(64)),
    "r of zeros": withEcSignature(Buffer.concat([Buffer.alloc(32), ecSignature.subarray(32)])),
    "s of zeros": withEcSignature(Buffer.concat([ecSignature.subarray(0, 32), Buffer.alloc(32)])),
    "r and s that are the order": withEcSignature(Buffer.concat([order, order])),
    "a signature in DER": withEcSignature(derSignature),
    "an empty signature": withEcSignature(new Uint8Array(0)),
    "half a signature": withEcSignature(ecSignature.subarray(0, 32)),
    "a signature with a byte behind": withEcSignature(Buffer.concat([ecSignature, Buffer.alloc(1)])),
    "a signature of 96 bytes": withEcSignature(new Uint8Array(96).fill(1)),
    "a signature of another key of the curve": token({ alg: "ES256" }, claims(), otherEc.privateKey),
    "r and s exchanged": withEcSignature(Buffer.concat([ecSignature.subarray(32), ecSignature.subarray(0, 32)])),
  }),
  ...attack(
    "JWT_SIGNATURE",
    "HS256",
  )({
    "another secret": token({ alg: "HS256" }, claims(), "another secret of the tests, which is long enough"),
    "the empty secret": token({ alg: "HS256" }, claims(), ""),
    "half of the digest": `${goodHmac.slice(0, goodHmac.lastIndexOf(".") + 1)}${b64(Buffer.from(goodHmac.split(".")[2]!, "base64url").subarray(0, 16))}`,
    "no digest": goodHmac.slice(0, goodHmac.lastIndexOf(".") + 1),
    "a kid that is a path": token({ alg: "HS256", kid: "../../dev/null" }, claims(), ""),
    "a kid that is SQL": token({ alg: "HS256", kid: "' UNION SELECT 'x" }, claims(), "x"),
  }),
  ...attack("JWT_EXPIRED")({
    "exp a second ago": rs(claims({ exp: start - 1 })),
    "exp now": rs(claims({ exp: start })),
    "exp a fraction of a second ago": rs(claims({ exp: start - 0.001 })),
    "exp 0": rs(claims({ exp: 0 })),
    "exp 1970": rs(claims({ exp: 1 })),
  }),
  ...attack("JWT_NOT_YET_VALID")({
    "nbf in a second": rs(claims({ nbf: start + 1 })),
    "nbf in a fraction of a second": rs(claims({ nbf: start + 0.001 })),
    "nbf in a year": rs(claims({ nbf: start + 31_536_000 })),
  }),
  ...attack("JWT_ISSUER")({
    "no iss": rs(claims({ iss: undefined })),
    "another iss": rs(claims({ iss: "https://evil.example.com" })),
    "iss with a slash": rs(claims({ iss: "https://issuer.example.com/" })),
    "iss in upper case": rs(claims({ iss: "HTTPS://ISSUER.EXAMPLE.COM" })),
    "iss with what the right one begins with": rs(claims({ iss: "https://issuer.example.com.evil.example" })),
    "an empty iss": rs(claims({ iss: "" })),
  }),
  ...attack("JWT_AUDIENCE")({
    "no aud": rs(claims({ aud: undefined })),
    "another aud": rs(claims({ aud: "invoices" })),
    "an empty list as aud": rs(claims({ aud: [] })),
    "a list of others as aud": rs(claims({ aud: ["invoices", "order", "orders "] })),
    "what the right one is part of": rs(claims({ aud: "orders,invoices" })),
    "an empty aud": rs(claims({ aud: "" })),
  }),
  ...attack("JWT_CLAIMS")({
    "no exp": rs(claims({ exp: undefined })),
    "exp that is null": rs(claims({ exp: null })),
    "exp that is a text": rs(claims({ exp: String(start + 300) })),
    "exp that is a list": rs(claims({ exp: [start + 300] })),
    "exp that is true": rs(claims({ exp: true })),
    "exp below 0": rs(claims({ exp: -1 })),
    "exp beyond any number": rs(JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e400')),
    "exp in milliseconds": rs(claims({ exp: (start + 300) * 1_000 })),
    "exp beyond any year": rs(claims({ exp: 1e300 })),
    "nbf that is a text": rs(claims({ nbf: "yesterday" })),
    "nbf that is null": rs(claims({ nbf: null })),
    "nbf below 0": rs(claims({ nbf: -1e300 })),
    "iat that is a text": rs(claims({ iat: "1" })),
    "iat that is an object": rs(claims({ iat: {} })),
    "iss that is a list": rs(claims({ iss: ["https://issuer.example.com"] })),
    "iss that is a number": rs(claims({ iss: 7 })),
    "sub that is a number": rs(claims({ sub: 7 })),
    "sub that is an object": rs(claims({ sub: { $ne: "" } })),
    "jti that is a number": rs(claims({ jti: 7 })),
    "aud that is an object": rs(claims({ aud: { orders: true } })),
    "aud with what is no text": rs(claims({ aud: ["orders", 7] })),
    "aud that is a list in a list": rs(claims({ aud: [["orders"]] })),
    "aud that is true": rs(claims({ aud: true })),
  }),
  ...attack("JWT_BINDING")({
    "bound to a certificate": rs(claims({ cnf: { "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" } })),
    "bound to a key of DPoP": rs(claims({ cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } })),
    "bound to both": rs(claims({ cnf: { jkt: "a", "x5t#S256": "b" } })),
    "bound to nothing": rs(claims({ cnf: {} })),
    "bound to what is no key": rs(claims({ cnf: "a" })),
    "bound to a key itself": rs(claims({ cnf: { jwk: ec.jwk } })),
  }),
  ...attack("JWT_TOO_LARGE")({
    "a large payload": rs(claims({ a: "a".repeat(8_192) })),
    "a large header": token({ alg: "RS256", a: "a".repeat(8_192) }, claims()),
    "many dots": ".".repeat(9_000),
    "a large signature": withSignature("A".repeat(9_000)),
  }),
];
