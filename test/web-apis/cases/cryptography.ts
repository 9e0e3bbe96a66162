import { createCipheriv, createHash, pbkdf2Sync } from "node:crypto";
import { gives, throws, type WebApiCases } from "../case.js";

/** FIPS 180-4's example messages. */
const abc = "new TextEncoder().encode('abc')";
const twoBlocks = "new TextEncoder().encode('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')";
/** RFC 4231, test cases 1, 2, 6 (a key longer than the block) and 7. */
const rfc4231: [key: string, data: string, hash: string, hex: string][] = [
  [
    "new Uint8Array(20).fill(0x0b)",
    "Hi There",
    "SHA-256",
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    "new Uint8Array(20).fill(0x0b)",
    "Hi There",
    "SHA-384",
    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
  ],
  [
    "new Uint8Array(20).fill(0x0b)",
    "Hi There",
    "SHA-512",
    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
  ],
  [
    "new TextEncoder().encode('Jefe')",
    "what do ya want for nothing?",
    "SHA-256",
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    "new Uint8Array(131).fill(0xaa)",
    "Test Using Larger Than Block-Size Key - Hash Key First",
    "SHA-256",
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    "new Uint8Array(131).fill(0xaa)",
    "Test Using Larger Than Block-Size Key - Hash Key First",
    "SHA-512",
    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
  ],
];

const hex = (bytes: string): string =>
  `Array.from(new Uint8Array(await ${bytes}), (byte) => byte.toString(16).padStart(2, "0")).join("")`;
const inAsync = (code: string): string => `(async () => { ${code} })()`;
const hmacKey =
  "crypto.subtle.importKey('raw', new Uint8Array(20).fill(0x0b), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify'])";
const importHmac = (key: string, algorithm: string, usages = "['sign']"): string =>
  `crypto.subtle.importKey('raw', ${key}, ${algorithm}, false, ${usages} as any)`;
/** RFC 7515, appendix A.1. */
const jwk = `{ kty: "oct", k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow" }`;
/** RFC 5869, test case 1. */
const hkdf =
  "{ name: 'HKDF', hash: 'SHA-256', salt: Uint8Array.from({ length: 13 }, (_, i) => i), info: Uint8Array.from({ length: 10 }, (_, i) => 0xf0 + i) }";
const hkdfKey =
  "crypto.subtle.importKey('raw', new Uint8Array(22).fill(0x0b), 'HKDF', false, ['deriveBits', 'deriveKey'])";

/** Around the ends of blocks, where padding goes wrong. */
function digestInNode(hash: string, length: number): string {
  return createHash(hash.replace("-", "")).update(new Uint8Array(length).fill(0x61)).digest("hex");
}

export const cryptographyCases: WebApiCases = {
  "crypto.getRandomValues()": [
    gives("((v) => [crypto.getRandomValues(v) === v, v.some((byte) => byte !== 0)])(new Uint8Array(32))", [true, true]),
    gives(
      "((whole) => { crypto.getRandomValues(new Uint8Array(whole.buffer, 32, 32)); return [whole.subarray(0, 32).every((b) => b === 0), whole.subarray(64).every((b) => b === 0)]; })(new Uint8Array(96))",
      [true, true],
    ),
    gives("crypto.getRandomValues(new Uint32Array(16384)).length", 16384),
    throws("crypto.getRandomValues(new Uint8Array(65537))", "QuotaExceededError"),
    throws("crypto.getRandomValues(new Float64Array(1) as any)", "TypeMismatchError"),
    throws("(crypto as any).getRandomValues()", "TypeError"),
    throws("(0, crypto.getRandomValues)(new Uint8Array(1))", "TypeError"),
  ],
  "crypto.randomUUID()": [
    gives("/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())", true),
    gives("crypto.randomUUID() !== crypto.randomUUID()", true),
    throws("(0, crypto.randomUUID)()", "TypeError"),
  ],
  "crypto.subtle.digest()": [
    ...(
      [
        ["SHA-1", abc, "a9993e364706816aba3e25717850c26c9cd0d89d"],
        ["SHA-256", abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
        [
          "SHA-384",
          abc,
          "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ],
        [
          "SHA-512",
          abc,
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ],
        ["SHA-1", twoBlocks, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"],
        ["SHA-256", twoBlocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"],
        ["SHA-256", "new Uint8Array(0)", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
      ] as const
    ).map(([hash, data, digest]) =>
      gives(inAsync(`return ${hex(`crypto.subtle.digest('${hash}', ${data})`)};`), digest),
    ),
    ...[55, 56, 63, 64, 111, 112, 127, 128, 200].flatMap((length) =>
      ["SHA-1", "SHA-256", "SHA-512"].map((hash) =>
        gives(
          inAsync(
            `return ${hex(`crypto.subtle.digest({ name: '${hash.toLowerCase()}' }, new Uint8Array(${length}).fill(0x61))`)};`,
          ),
          digestInNode(hash, length),
        ),
      ),
    ),
    gives(
      inAsync(`return ${hex("crypto.subtle.digest('SHA-256', new Uint8Array(1_000_001).fill(0x61))")};`),
      digestInNode("SHA-256", 1_000_001),
    ),
    gives(
      "crypto.subtle.digest('SHA-256', new Uint8Array(1)).then((digest) => [digest instanceof ArrayBuffer, digest.byteLength])",
      [true, 32],
    ),
    throws("crypto.subtle.digest('MD5', new Uint8Array(1))", "NotSupportedError"),
    throws("crypto.subtle.digest('SHA-256', 'text' as any)", "TypeError"),
    throws("crypto.subtle.digest(undefined as any, new Uint8Array(1))", "NotSupportedError"),
    throws("crypto.subtle.digest({} as any, new Uint8Array(1))", "TypeError"),
    throws("(0, crypto.subtle.digest)('SHA-256', new Uint8Array(1))", "TypeError"),
  ],
  "crypto.subtle.sign(), verify() with HMAC": [
    ...rfc4231.map(([key, data, hash, code]) =>
      gives(
        inAsync(
          `const key = await ${importHmac(key, `{ name: 'HMAC', hash: '${hash}' }`)}; return ${hex(`crypto.subtle.sign('HMAC', key, new TextEncoder().encode('${data}'))`)};`,
        ),
        code,
      ),
    ),
    gives(
      inAsync(
        `const key = await ${hmacKey}; const code = new Uint8Array(await crypto.subtle.sign({ name: 'hmac' }, key, ${abc})); const right = await crypto.subtle.verify('HMAC', key, code, ${abc}); code[31]! ^= 1; return [right, await crypto.subtle.verify('HMAC', key, code, ${abc}), await crypto.subtle.verify('HMAC', key, code.slice(1), ${abc})];`,
      ),
      [true, false, false],
    ),
    throws(
      inAsync(
        `const key = await ${importHmac("new Uint8Array(32)", "{ name: 'HMAC', hash: 'SHA-256' }", "['verify']")}; await crypto.subtle.sign('HMAC', key, ${abc});`,
      ),
      "InvalidAccessError",
    ),
    throws(
      inAsync(`const key = await ${hkdfKey}; await crypto.subtle.sign('HMAC', key, ${abc});`),
      "InvalidAccessError",
    ),
    throws(
      inAsync(`const key = await ${hmacKey}; await crypto.subtle.sign('No-Such', key, ${abc});`),
      "NotSupportedError",
    ),
    throws(`crypto.subtle.sign('HMAC', null as any, ${abc})`, "TypeError"),
    throws(`crypto.subtle.sign('HMAC', { algorithm: { name: 'HMAC' }, usages: ['sign'] } as any, ${abc})`, "TypeError"),
  ],
  CryptoKey: [
    gives(
      inAsync(
        `const key = await ${hmacKey}; return [key.type, key.extractable, key.usages, key.algorithm, Object.prototype.toString.call(key), key instanceof CryptoKey];`,
      ),
      [
        "secret",
        true,
        ["sign", "verify"],
        { hash: { name: "SHA-256" }, length: 160, name: "HMAC" },
        "[object CryptoKey]",
        true,
      ],
    ),
    throws("new (CryptoKey as any)()", "TypeError"),
    gives(
      inAsync(
        `const key: any = await ${hmacKey}; for (const name of ['type', 'extractable', 'usages', 'algorithm']) try { key[name] = 1; } catch {} return [key.type, key.extractable, key.usages, key.algorithm.name];`,
      ),
      ["secret", true, ["sign", "verify"], "HMAC"],
    ),
    gives(
      inAsync(
        `const key: any = await ${importHmac("new Uint8Array(32)", "{ name: 'HMAC', hash: 'SHA-256' }")}; try { key.extractable = true; } catch {} try { await crypto.subtle.exportKey('raw', key); } catch (error: any) { return error.name.slice(0, 13); }`,
      ),
      "InvalidAccess",
    ),
    gives(
      inAsync(
        `const key: any = await ${hmacKey}; return [Object.keys(key), JSON.stringify(key), 'type' in CryptoKey.prototype, key.usages === key.usages, key.algorithm === key.algorithm];`,
      ),
      [[], "{}", true, true, true],
    ),
  ],
  "crypto.subtle.importKey(), exportKey() with HMAC": [
    gives(
      inAsync(`const key = await ${hmacKey}; return ${hex("crypto.subtle.exportKey('raw', key)")};`),
      "0b".repeat(20),
    ),
    gives(
      inAsync(
        `const { k, kty, alg, ext, key_ops } = await crypto.subtle.exportKey('jwk', await ${hmacKey}) as any; return [k, kty, alg, ext, key_ops];`,
      ),
      ["CwsLCwsLCwsLCwsLCwsLCwsLCws", "oct", "HS256", true, ["sign", "verify"]],
    ),
    gives(
      inAsync(
        `const key = await crypto.subtle.importKey('jwk', ${jwk}, { name: 'HMAC', hash: { name: 'SHA-256' } }, false, ['sign']); return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode('eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ')))));`,
      ),
      "dBjftJeZ4CVP+mB92K27uhbUJU1p1r/wW1gFWFOEjXk=",
    ),
    gives(
      inAsync(
        "const bytes = new Uint8Array(32); const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']); bytes.fill(1); return new Uint8Array(await crypto.subtle.exportKey('raw', key) as ArrayBuffer)[0];",
      ),
      0,
    ),
    throws(
      `crypto.subtle.importKey('jwk', { ...${jwk}, alg: 'HS512' }, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])`,
      "DataError",
    ),
    throws(
      `crypto.subtle.importKey('jwk', { ...${jwk}, use: 'enc' }, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])`,
      "DataError",
    ),
    throws(
      `crypto.subtle.importKey('jwk', { ...${jwk}, key_ops: ['verify'] }, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])`,
      "DataError",
    ),
    throws(
      `crypto.subtle.importKey('jwk', { ...${jwk}, ext: false }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])`,
      "DataError",
    ),
    throws(
      "crypto.subtle.importKey('jwk', { kty: 'RSA' }, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])",
      "DataError",
    ),
    throws(importHmac("new Uint8Array(32)", "{ name: 'HMAC', hash: 'SHA-256' }", "['encrypt']"), "SyntaxError"),
    throws(importHmac("new Uint8Array(32)", "{ name: 'HMAC', hash: 'SHA-256' }", "[]"), "SyntaxError"),
    ...["undefined", "null", "'sign'", "['sign', 'write']"].map((usages) =>
      throws(importHmac("new Uint8Array(32)", "{ name: 'HMAC', hash: 'SHA-256' }", usages), "TypeError"),
    ),
    gives(
      inAsync(
        `return (await ${importHmac("new Uint8Array(32)", "{ name: 'HMAC', hash: 'SHA-256', length: '256' } as any", "new Set(['sign', 'verify'])")}).usages;`,
      ),
      ["sign", "verify"],
    ),
    ...["-1", "NaN", "2 ** 32"].map((length) =>
      throws(importHmac("new Uint8Array(32)", `{ name: 'HMAC', hash: 'SHA-256', length: ${length} }`), "TypeError"),
    ),
    throws(importHmac("new Uint8Array(32)", "{ name: 'HMAC', hash: 'SHA-256', length: 0 }"), "DataError"),
    throws(importHmac("new Uint8Array(32)", "{ name: 'HMAC', hash: null } as any"), "NotSupportedError"),
    throws(importHmac("new Uint8Array(32)", "{ name: 'HMAC' } as any"), "TypeError"),
    throws(
      "crypto.subtle.importKey('der' as any, new Uint8Array(32), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])",
      "TypeError",
    ),
    throws(
      "crypto.subtle.importKey('jwk', null as any, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])",
      "DataError",
    ),
    throws(
      `crypto.subtle.importKey('jwk', { ...${jwk}, key_ops: ['sign', 'sign'] }, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])`,
      "DataError",
    ),
    throws(
      `crypto.subtle.importKey('jwk', { ...${jwk}, key_ops: 'sign' } as any, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])`,
      "TypeError",
    ),
    throws("crypto.subtle.exportKey('raw', {} as any)", "TypeError"),
    throws(inAsync(`await crypto.subtle.exportKey('der' as any, await ${hmacKey});`), "TypeError"),
    throws(importHmac("new Uint8Array(0)", "{ name: 'HMAC', hash: 'SHA-256' }"), "DataError"),
    throws(importHmac("new Uint8Array(32)", "'No-Such'"), "NotSupportedError"),
    // Node 20 calls it InvalidAccessException.
    gives(
      inAsync(
        `try { await crypto.subtle.exportKey('raw', await ${importHmac("new Uint8Array(32)", "{ name: 'HMAC', hash: 'SHA-256' }")}); } catch (error: any) { return error.name.slice(0, 13); }`,
      ),
      "InvalidAccess",
    ),
  ],
  "crypto.subtle.generateKey() with HMAC": [
    gives(
      inAsync(
        "const make = () => crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']); const [a, b] = [await make(), await make()]; const raw = async (key: CryptoKey) => new Uint8Array(await crypto.subtle.exportKey('raw', key) as ArrayBuffer).join(); return [(a.algorithm as any).length, (await raw(a)) !== (await raw(b))];",
      ),
      [512, true],
    ),
    gives(
      "crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-512', length: 256 }, true, ['verify']).then((key) => (key.algorithm as any).length)",
      256,
    ),
    throws("crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, [])", "SyntaxError"),
    gives(
      "crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: '64' as any }, true, ['sign']).then((key) => (key.algorithm as any).length)",
      64,
    ),
    ...["-8", "NaN"].map((length) =>
      throws(
        `crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: ${length} }, true, ['sign'])`,
        "TypeError",
      ),
    ),
  ],
  "crypto.subtle.deriveBits(), deriveKey() with HKDF": [
    gives(
      inAsync(`return ${hex(`crypto.subtle.deriveBits(${hkdf}, await ${hkdfKey}, 336)`)};`),
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    gives(
      inAsync(
        `const key = await crypto.subtle.deriveKey(${hkdf}, await ${hkdfKey}, { name: 'HMAC', hash: 'SHA-256', length: 256 }, true, ['sign']); return ${hex("crypto.subtle.exportKey('raw', key)")};`,
      ),
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
    ),
    ...["7", "null as any", "-8", "255 * 256 + 8"].map((length) =>
      throws(inAsync(`await crypto.subtle.deriveBits(${hkdf}, await ${hkdfKey}, ${length});`), "OperationError"),
    ),
    ...["'32' as any", "32.9", "2 ** 32 + 32"].map((length) =>
      gives(inAsync(`return ${hex(`crypto.subtle.deriveBits(${hkdf}, await ${hkdfKey}, ${length})`)};`), "3cb25f25"),
    ),
    gives(inAsync(`return (await crypto.subtle.deriveBits(${hkdf}, await ${hkdfKey}, NaN)).byteLength;`), 0),
    gives(
      inAsync(
        `const key = await crypto.subtle.deriveKey(${hkdf}, await ${hkdfKey}, { name: 'HMAC', hash: 'SHA-256', length: '64' as any }, true, ['sign']); return key.algorithm;`,
      ),
      { name: "HMAC", hash: { name: "SHA-256" }, length: 64 },
    ),
    throws(
      inAsync(
        `await crypto.subtle.deriveKey(${hkdf}, await ${hkdfKey}, { name: 'HMAC', hash: 'SHA-256', length: 7 }, true, ['sign']);`,
      ),
      "OperationError",
    ),
    throws(
      inAsync(`await (crypto.subtle as any).deriveKey(${hkdf}, await ${hkdfKey}, 'HKDF', false, ['deriveBits']);`),
      "OperationError",
    ),
    throws(`crypto.subtle.deriveBits(${hkdf}, null as any, 64)`, "TypeError"),
    throws(
      inAsync(`await crypto.subtle.deriveBits({ ...${hkdf}, salt: undefined } as any, await ${hkdfKey}, 64);`),
      "TypeError",
    ),
    throws("crypto.subtle.importKey('raw', new Uint8Array(9), 'HKDF', true, ['deriveBits'])", "SyntaxError"),
  ],
  "crypto.subtle.deriveBits(), deriveKey() with PBKDF2": [
    // RFC 6070 (SHA-1), and RFC 7914, section 11 (SHA-256).
    ...(
      [
        ["password", "salt", 1, "SHA-1", 20, "0c60c80f961f0e71f3a9b524af6012062fe037a6"],
        ["password", "salt", 2, "SHA-1", 20, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"],
        ["password", "salt", 4096, "SHA-1", 20, "4b007901b765489abead49d926f721d065a429c1"],
        ["pass\\0word", "sa\\0lt", 4096, "SHA-1", 16, "56fa6aa75548099dcc37d7f03425e0c3"],
        [
          "passwordPASSWORDpassword",
          "saltSALTsaltSALTsaltSALTsaltSALTsalt",
          4096,
          "SHA-1",
          25,
          "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
        ],
        [
          "passwd",
          "salt",
          1,
          "SHA-256",
          64,
          "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
        ],
        [
          "Password",
          "NaCl",
          80_000,
          "SHA-256",
          64,
          "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
        ],
      ] as const
    ).map(([password, salt, iterations, hash, bytes, result]) =>
      gives(
        inAsync(
          `const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('${password}'), 'PBKDF2', false, ['deriveBits']); return ${hex(`crypto.subtle.deriveBits({ name: 'PBKDF2', salt: new TextEncoder().encode('${salt}'), iterations: ${iterations}, hash: '${hash}' }, key, ${bytes * 8})`)};`,
        ),
        result,
      ),
    ),
    ...["SHA-384", "SHA-512"].map((hash) =>
      gives(
        inAsync(
          `const key = await crypto.subtle.importKey('raw', new Uint8Array(200), { name: 'pbkdf2' }, false, ['deriveKey']); const derived = await crypto.subtle.deriveKey({ name: 'PBKDF2', salt: new Uint8Array(9), iterations: 3, hash: '${hash}' }, key, { name: 'AES-GCM', length: 256 }, true, ['encrypt']); return ${hex("crypto.subtle.exportKey('raw', derived)")};`,
        ),
        pbkdf2Sync(new Uint8Array(200), new Uint8Array(9), 3, 32, hash.replace("-", "")).toString("hex"),
      ),
    ),
    throws("crypto.subtle.importKey('raw', new Uint8Array(9), 'PBKDF2', true, ['deriveBits'])", "SyntaxError"),
    throws(
      inAsync(
        "const key = await crypto.subtle.importKey('raw', new Uint8Array(9), 'PBKDF2', false, ['deriveBits']); await crypto.subtle.deriveBits({ name: 'PBKDF2', salt: new Uint8Array(9), iterations: 0, hash: 'SHA-256' }, key, 64);",
      ),
      "OperationError",
    ),
    throws(
      inAsync(
        "const key = await crypto.subtle.importKey('raw', new Uint8Array(9), 'PBKDF2', false, ['deriveBits']); await crypto.subtle.deriveBits({ name: 'PBKDF2', salt: new Uint8Array(9), hash: 'SHA-256' } as any, key, 64);",
      ),
      "TypeError",
    ),
  ],
  "crypto.subtle.encrypt(), decrypt() with AES-GCM": [
    ...[16, 24, 32].flatMap((keyBytes) =>
      [
        { iv: 12, tag: 128, additional: 0, data: 0 },
        { iv: 12, tag: 128, additional: 20, data: 60 },
        { iv: 12, tag: 96, additional: 16, data: 16 },
        { iv: 16, tag: 120, additional: 1, data: 1_000 },
        { iv: 60, tag: 128, additional: 33, data: 47 },
      ].map(({ iv, tag, additional, data }) =>
        gives(
          inAsync(
            `const key = await crypto.subtle.importKey('raw', ${counted(keyBytes)}, 'AES-GCM', false, ['encrypt', 'decrypt']); const params = { name: 'AES-GCM', iv: ${counted(iv)}, tagLength: ${tag}, additionalData: ${counted(additional)} }; const sealed = await crypto.subtle.encrypt(params, key, ${counted(data)}); const opened = await crypto.subtle.decrypt(params, key, sealed); return [${hex("sealed")}, new Uint8Array(opened).join() === ${counted(data)}.join()];`,
          ),
          [sealedByNode(keyBytes, iv, tag, additional, data), true],
        ),
      ),
    ),
    ...[
      "sealed[0]! ^= 1",
      "sealed[sealed.length - 1]! ^= 128",
      "sealed = sealed.slice(1)",
      "sealed = sealed.slice(0, 15)",
      "params.additionalData = new Uint8Array(1)",
      "params.iv = new Uint8Array(12)",
    ].map((change) =>
      throws(
        inAsync(
          `const key = await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, ['encrypt', 'decrypt']); const params: any = { name: 'AES-GCM', iv: ${counted(12)} }; let sealed = new Uint8Array(await crypto.subtle.encrypt(params, key, ${counted(40)})); ${change}; await crypto.subtle.decrypt(params, key, sealed);`,
        ),
        "OperationError",
      ),
    ),
    throws(
      inAsync(
        "const key = await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, ['decrypt']); await crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(1));",
      ),
      "InvalidAccessError",
    ),
    throws(
      inAsync(
        "const key = await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, ['encrypt']); await crypto.subtle.encrypt({ name: 'AES-GCM' } as any, key, new Uint8Array(1));",
      ),
      "TypeError",
    ),
    throws(
      inAsync(
        "const key = await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, ['encrypt']); await crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12), tagLength: 8 }, key, new Uint8Array(1));",
      ),
      "OperationError",
    ),
  ],
  "crypto.subtle.importKey(), exportKey(), generateKey() with AES-GCM": [
    gives(
      inAsync(
        "const key = await crypto.subtle.importKey('raw', new Uint8Array(32), { name: 'aes-gcm' }, true, ['encrypt', 'decrypt']); return [key.type, key.usages, key.algorithm, await crypto.subtle.exportKey('jwk', key)];",
      ),
      [
        "secret",
        ["encrypt", "decrypt"],
        { name: "AES-GCM", length: 256 },
        { alg: "A256GCM", ext: true, k: "A".repeat(43), key_ops: ["encrypt", "decrypt"], kty: "oct" },
      ],
    ),
    gives(
      inAsync(
        "const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['encrypt']); return [(await crypto.subtle.exportKey('raw', key) as ArrayBuffer).byteLength, key.algorithm];",
      ),
      [16, { name: "AES-GCM", length: 128 }],
    ),
    gives(
      "crypto.subtle.importKey('jwk', { kty: 'oct', k: 'A'.repeat(22), alg: 'A128GCM', use: 'enc' }, 'AES-GCM' as any, false, ['encrypt']).then((key) => key.algorithm.length)",
      128,
    ),
    throws("crypto.subtle.importKey('raw', new Uint8Array(15), 'AES-GCM', false, ['encrypt'])", "DataError"),
    throws("crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['sign'])", "SyntaxError"),
    throws("crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, [])", "SyntaxError"),
    throws(
      "crypto.subtle.importKey('jwk', { kty: 'oct', k: 'A'.repeat(22), alg: 'A256GCM' }, 'AES-GCM' as any, false, ['encrypt'])",
      "DataError",
    ),
    throws("crypto.subtle.generateKey({ name: 'AES-GCM', length: 64 } as any, true, ['encrypt'])", "OperationError"),
    throws("crypto.subtle.generateKey({ name: 'AES-GCM' } as any, true, ['encrypt'])", "TypeError"),
  ],
};

/** Bytes that are not alike. */
function counted(length: number): string {
  return `Uint8Array.from({ length: ${length} }, (_, index) => index * 5 + ${length})`;
}

function sealedByNode(keyBytes: number, iv: number, tag: number, additional: number, data: number): string {
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index * 5 + length);
  const name = `aes-${keyBytes * 8}-gcm` as "aes-256-gcm";
  const cipher = createCipheriv(name, bytes(keyBytes), bytes(iv), { authTagLength: tag / 8 });
  cipher.setAAD(bytes(additional));
  return Buffer.concat([cipher.update(bytes(data)), cipher.final(), cipher.getAuthTag()]).toString("hex");
}
