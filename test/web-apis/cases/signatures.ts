import { gives, throws, type WebApiCases } from "../case.js";

const inAsync = (code: string): string => `(async () => { const { subtle } = crypto as any; ${code} })()`;
/** Rejected alike where Node's names for errors differ from release to release. */
const refuses = (code: string) =>
  gives(`(async () => { try { await ${code}; return "accepted"; } catch { return "refused"; } })()`, "refused");

/** RFC 7515, appendix A.2. */
const rsa = {
  kty: "RSA",
  n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
  e: "AQAB",
};
const rsaPrivate = {
  ...rsa,
  d: "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
  p: "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
  q: "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
  dp: "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
  dq: "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
  qi: "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
};
const signedByRsa =
  "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const rsaSignature =
  "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

/** RFC 7515, appendix A.3. */
const ec = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
};
const ecPrivate = { ...ec, d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI" };
const signedByEc =
  "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const ecSignature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/** RSASSA-PSS with SHA-256 and 32 bytes of salt, of the text "sealed" by the key of RFC 7515, made with OpenSSL. */
const pssSignature =
  "Ko_2yjrcP94ftXUYa28NHrbOYXGWsEN_N0cd_zhtrrIuEJQL93F6jPdVkuZdAwDzNqzeSjL11G14cu_eEHIoiOieRND4Lt4TkpqQttD6pWcGLs_pMlCFfY3F9w2UYvIviw-B6pwjPm2hSS3P3XdrIYZyugDOT9pcP-1hZh4XebyXDpWSZ2evbFpDo_2yiVscdv1xGn-g8fr7RNj3SGqHbydvrOW4S2almb5MLj8ShO1BLZnH26FVm4SLWEfFv5kpm9YZKut7afu9004sQ2uH1VBm92gu90kWu9qMZXdEziU94Xxk4RSstGAqNey4ogu7cMNU0DyTBG-zwCy796MGtg";

/** RFC 8037, appendix A. */
const okp = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
const signedByOkp = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
const okpSignature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

const text = (data: string): string => `new TextEncoder().encode(${JSON.stringify(data)})`;
const bytes = (base64url: string): string =>
  `Uint8Array.from(atob(${JSON.stringify(base64url.replace(/-/g, "+").replace(/_/g, "/"))}), (char) => char.charCodeAt(0))`;
const imported = (key: object, algorithm: string, usages = "['verify']", extractable = true): string =>
  `(crypto.subtle as any).importKey('jwk', ${JSON.stringify(key)}, ${algorithm}, ${extractable}, ${usages})`;

const RSA = "{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }";
const PSS = "{ name: 'RSA-PSS', hash: 'SHA-256' }";
const EC = "{ name: 'ECDSA', namedCurve: 'P-256' }";
const ES = "{ name: 'ECDSA', hash: 'SHA-256' }";

const rsaKey = imported(rsa, RSA);
const ecKey = imported(ec, EC);
/** The point of the curve with one bit changed. */
const beside = { ...ec, y: `y${ec.y.slice(1)}` };

/** What is wrong with an SPKI of either kind, by what is done to its bytes. */
const spoilt = ["der.slice(0, -1)", "new Uint8Array(0)", "der.slice(1)", "der.fill(0)"];

export const signatureCases: WebApiCases = {
  "crypto.subtle.sign(), verify() with RSASSA-PKCS1-v1_5": [
    gives(
      inAsync(
        `const key = await ${rsaKey}; return [await subtle.verify('RSASSA-PKCS1-v1_5', key, ${bytes(rsaSignature)}, ${text(signedByRsa)}), await subtle.verify({ name: 'rsassa-pkcs1-V1_5' }, key, ${bytes(rsaSignature)}, ${text(`${signedByRsa}x`)})];`,
      ),
      [true, false],
    ),
    gives(
      inAsync(
        `return btoa(String.fromCharCode(...new Uint8Array(await subtle.sign('RSASSA-PKCS1-v1_5', await ${imported(rsaPrivate, RSA, "['sign']")}, ${text(signedByRsa)})))).replace(/[+]/g, '-').replace(/[/]/g, '_').replace(/=/g, '');`,
      ),
      rsaSignature,
    ),
    throws(
      inAsync(`await subtle.sign('RSASSA-PKCS1-v1_5', await ${rsaKey}, new Uint8Array(1));`),
      "InvalidAccessError",
    ),
    throws(
      inAsync(`await subtle.verify('RSASSA-PKCS1-v1_5', await ${ecKey}, new Uint8Array(1), new Uint8Array(1));`),
      "InvalidAccessError",
    ),
  ],
  "crypto.subtle.importKey(), exportKey() with RSASSA-PKCS1-v1_5": [
    gives(
      inAsync(
        `const key = await ${rsaKey}; return [key.type, key.usages, key.algorithm.name, key.algorithm.hash.name, key.algorithm.modulusLength, [...key.algorithm.publicExponent]];`,
      ),
      ["public", ["verify"], "RSASSA-PKCS1-v1_5", "SHA-256", 2048, [1, 0, 1]],
    ),
    gives(
      inAsync(
        `const { n, e, kty, alg, ext, key_ops } = await subtle.exportKey('jwk', await ${rsaKey}); return { n, e, kty, alg, ext, key_ops };`,
      ),
      {
        ...rsa,
        alg: "RS256",
        ext: true,
        key_ops: ["verify"],
      },
    ),
    gives(
      inAsync(
        `const { key_ops, ext, alg, ...rest } = await subtle.exportKey('jwk', await ${imported(rsaPrivate, RSA, "['sign']")}); return rest;`,
      ),
      rsaPrivate,
    ),
    gives(
      inAsync(
        `const der = await subtle.exportKey('pkcs8', await ${imported(rsaPrivate, RSA, "['sign']")}); const key = await subtle.importKey('pkcs8', der, ${RSA}, true, ['sign']); return [key.type, (await subtle.exportKey('jwk', key)).d];`,
      ),
      ["private", rsaPrivate.d],
    ),
    gives(
      inAsync(
        `const der = new Uint8Array(await subtle.exportKey('spki', await ${rsaKey})); const key = await subtle.importKey('spki', der, ${RSA}, false, []); der.fill(0); return [key.usages, key.extractable];`,
      ),
      [[], false],
    ),
    ...spoilt.map((change) =>
      refuses(
        inAsync(
          `const der = new Uint8Array(await subtle.exportKey('spki', await ${rsaKey})); await subtle.importKey('spki', ${change}, ${RSA}, false, ['verify']);`,
        ),
      ),
    ),
    throws(imported(rsa, RSA, "['sign']"), "SyntaxError"),
    throws(imported(rsaPrivate, RSA, "['verify']"), "SyntaxError"),
    throws(imported(rsaPrivate, RSA, "[]"), "SyntaxError"),
    throws(imported(rsa, "{ name: 'RSASSA-PKCS1-v1_5' }"), "TypeError"),
    throws(imported({ ...rsa, alg: "RS512" }, RSA), "DataError"),
    throws(imported({ ...rsa, use: "enc" }, RSA), "DataError"),
    throws(imported({ ...rsa, kty: "EC" }, RSA), "DataError"),
    throws(imported({ ...rsa, ext: false }, RSA), "DataError"),
    throws(imported({ ...rsa, key_ops: ["sign"] }, RSA), "DataError"),
    throws(imported({ kty: "RSA", n: rsa.n }, RSA), "DataError"),
    throws(inAsync(`await subtle.exportKey('pkcs8', await ${rsaKey});`), "InvalidAccessError"),
  ],
  "crypto.subtle.sign(), verify() with ECDSA": [
    gives(
      inAsync(
        `const key = await ${ecKey}; return [await subtle.verify(${ES}, key, ${bytes(ecSignature)}, ${text(signedByEc)}), await subtle.verify(${ES}, key, ${bytes(ecSignature)}, ${text(`${signedByEc}x`)}), await subtle.verify(${ES}, key, new Uint8Array(64), ${text(signedByEc)}), await subtle.verify(${ES}, key, ${bytes(ecSignature)}.slice(1), ${text(signedByEc)})];`,
      ),
      [true, false, false, false],
    ),
    gives(
      inAsync(
        `const signature = await subtle.sign(${ES}, await ${imported(ecPrivate, EC, "['sign']")}, ${text("a")}); return [signature.byteLength, await subtle.verify(${ES}, await ${ecKey}, signature, ${text("a")})];`,
      ),
      [64, true],
    ),
    throws(
      inAsync(`await subtle.verify('ECDSA', await ${ecKey}, new Uint8Array(64), new Uint8Array(1));`),
      "TypeError",
    ),
    throws(
      inAsync(
        `await subtle.verify({ name: 'ECDSA', hash: 'MD5' }, await ${ecKey}, new Uint8Array(64), new Uint8Array(1));`,
      ),
      "NotSupportedError",
    ),
    throws(inAsync(`await subtle.sign(${ES}, await ${ecKey}, new Uint8Array(1));`), "InvalidAccessError"),
  ],
  "crypto.subtle.importKey(), exportKey() with ECDSA": [
    gives(inAsync(`const key = await ${ecKey}; return [key.type, key.usages, key.algorithm];`), [
      "public",
      ["verify"],
      { name: "ECDSA", namedCurve: "P-256" },
    ]),
    gives(inAsync(`const { key_ops, ext, ...rest } = await subtle.exportKey('jwk', await ${ecKey}); return rest;`), ec),
    gives(
      inAsync(
        `const { key_ops, ext, ...rest } = await subtle.exportKey('jwk', await ${imported(ecPrivate, EC, "['sign']")}); return rest;`,
      ),
      ecPrivate,
    ),
    gives(
      inAsync(
        `const raw = await subtle.exportKey('raw', await ${ecKey}); const key = await subtle.importKey('raw', raw, ${EC}, true, ['verify']); return [raw.byteLength, (await subtle.exportKey('jwk', key)).x];`,
      ),
      [65, ec.x],
    ),
    ...spoilt.map((change) =>
      refuses(
        inAsync(
          `const der = new Uint8Array(await subtle.exportKey('spki', await ${ecKey})); await subtle.importKey('spki', ${change}, ${EC}, false, ['verify']);`,
        ),
      ),
    ),
    throws(imported(beside, EC), "DataError"),
    throws(imported({ ...ec, x: ec.x.slice(2) }, EC), "DataError"),
    throws(imported({ ...ec, crv: "P-384" }, EC), "DataError"),
    throws(imported(ec, "{ name: 'ECDSA', namedCurve: 'P-384' }"), "DataError"),
    throws(imported(ec, "{ name: 'ECDSA', namedCurve: 'P-1' }"), "NotSupportedError"),
    throws(imported(ec, "'ECDSA'"), "TypeError"),
    throws(imported({ ...ec, alg: "ES384" }, EC), "DataError"),
    throws(imported({ ...ec, use: "enc" }, EC), "DataError"),
    throws(imported(ec, EC, "['sign']"), "SyntaxError"),
    throws(imported(ecPrivate, EC, "[]"), "SyntaxError"),
    refuses(
      inAsync(
        `const raw = new Uint8Array(await subtle.exportKey('raw', await ${ecKey})); raw[64] ^= 1; await subtle.importKey('raw', raw, ${EC}, true, ['verify']);`,
      ),
    ),
  ],
  "crypto.subtle.verify() with RSA-PSS": [
    gives(
      inAsync(
        `const key = await ${imported(rsa, PSS)}; const verify = (saltLength: number, signature: Uint8Array, data: string) => subtle.verify({ name: 'RSA-PSS', saltLength }, key, signature, new TextEncoder().encode(data)); const signature = ${bytes(pssSignature)}; return [await verify(32, signature, 'sealed'), await verify(20, signature, 'sealed'), await verify(32, signature, 'opened'), await verify(32, signature.map((byte) => byte ^ 1), 'sealed'), await verify(32, signature.slice(1), 'sealed'), await verify(32, new Uint8Array(256).fill(255), 'sealed')];`,
      ),
      [true, false, false, false, false, false],
    ),
    throws(
      inAsync(
        `await subtle.verify('RSASSA-PKCS1-v1_5', await ${imported(rsa, PSS)}, new Uint8Array(256), new Uint8Array(1));`,
      ),
      "InvalidAccessError",
    ),
  ],
  "crypto.subtle.importKey(), exportKey() with RSA-PSS": [
    gives(
      inAsync(
        `const { n, e, kty, alg } = await subtle.exportKey('jwk', await ${imported(rsa, PSS)}); return { n, e, kty, alg };`,
      ),
      {
        ...rsa,
        alg: "PS256",
      },
    ),
    throws(imported({ ...rsa, alg: "PS512" }, PSS), "DataError"),
  ],
  // RFC 8037, appendix A.4.
  "crypto.subtle.verify() with Ed25519": [
    gives(
      inAsync(
        `const key = await ${imported(okp, "'Ed25519'")}; const verify = (signature: Uint8Array, data: string) => subtle.verify('Ed25519', key, signature, new TextEncoder().encode(data)); const signature = ${bytes(okpSignature)}; return [await verify(signature, '${signedByOkp}'), await verify(signature, '${signedByOkp}x'), await verify(signature.map((byte) => byte ^ 1), '${signedByOkp}'), await verify(signature.slice(1), '${signedByOkp}')];`,
      ),
      [true, false, false, false],
    ),
  ],
  "crypto.subtle.importKey(), exportKey() with Ed25519": [
    gives(
      inAsync(
        `const key = await ${imported(okp, "{ name: 'ed25519' }")}; const spki = await subtle.exportKey('spki', key); const raw = await subtle.exportKey('raw', await subtle.importKey('spki', spki, 'Ed25519', true, ['verify'])); const { x, crv, kty } = await subtle.exportKey('jwk', await subtle.importKey('raw', raw, 'Ed25519', true, ['verify'])); return [key.type, key.algorithm, key.usages, { kty, crv, x }, spki.byteLength];`,
      ),
      ["public", { name: "Ed25519" }, ["verify"], okp, 44],
    ),
    throws(imported({ ...okp, kty: "EC" }, "'Ed25519'"), "DataError"),
    throws(imported({ ...okp, crv: "Ed448" }, "'Ed25519'"), "DataError"),
    throws(imported({ ...okp, x: okp.x.slice(4) }, "'Ed25519'"), "DataError"),
    throws(imported({ ...okp, use: "enc" }, "'Ed25519'"), "DataError"),
    throws(imported(okp, "'Ed25519'", "['sign']"), "SyntaxError"),
  ],
};
