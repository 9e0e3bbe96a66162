/** Which of the published web-platform tests concern a policy. */
import type { Outcome } from "./harness.js";

export interface TestFile {
  readonly path: string;
  /** What it imports in other ways than by a line META. */
  readonly scripts?: readonly string[];
  /** JSON that it fetches. */
  readonly data?: readonly string[];
  /** Stands before it: what it needs to be evaluated though a policy has it not. */
  readonly before?: string;
  /** What its page does once it is loaded. */
  readonly after?: string;
}

/** A web API, or a part of one, that a policy has not. */
export interface Absence {
  readonly what: string;
  /** The names of the tests about it, which are not run. */
  readonly tests: RegExp;
}

export interface Area {
  readonly files: readonly TestFile[];
  readonly absent?: readonly Absence[];
  /** What may fail, since docs/web-apis.md says that it is otherwise here. */
  readonly decided?: Decision;
}

export interface Decision {
  readonly what: string;
  covers(failed: Outcome): boolean;
}

const filesIn = (folder: string, names: readonly string[]): TestFile[] =>
  names.map((name) => ({ path: `${folder}/${name}.any.js` }));

const signing = (code: string, vectors: string): TestFile => ({
  path: `WebCryptoAPI/sign_verify/${code}.js`,
  scripts: [`WebCryptoAPI/sign_verify/${vectors}_vectors.js`],
  after: "run_test()",
});

const links: Absence = { what: "Links of a page in place of `URL`", tests: /\(using <a(?:rea)?>/ };
const forms: Absence = { what: "Forms", tests: /FormData|formData\(\)/ };
const sharedBuffers: Absence = {
  what: "`SharedArrayBuffer`, and buffers that were transferred",
  tests: /SharedArrayBuffer|detached output buffer/,
};
const encodings: Absence = {
  what: "Encodings that `TextDecoder` refuses",
  tests: /(?: => |supported for decode: )(?!UTF-|windows-1252$)/,
};
const intervals: Absence = { what: "`setInterval`", tests: /interval/i };
const files: Absence = { what: "`Blob`, `File`, images", tests: /Blob|File|Image/ };
const aes: Absence = { what: "Keys of AES-CTR, AES-CBC and AES-KW", tests: /AES-(?!GCM)/ };
const ecdh: Absence = { what: "Keys of ECDH", tests: /wrong \(ECDH\) key/ };
const ecdsa: Absence = { what: "Generated keys of ECDSA", tests: /with wrong algorithm name$/ };
const ecdhKeys: Absence = { what: "Keys of ECDH", tests: /name: ECDH/ };
const otherMode: Absence = { what: "AES-CBC", tests: /mismatched key and algorithm$/ };
const oaep: Absence = { what: "Keys of RSA-OAEP", tests: /name: RSA-OAEP/ };
const pssSigning: Absence = {
  what: "Signing with RSA-PSS",
  tests: /using publicKey to sign|signing with wrong algorithm name|round trip/,
};
const shortKeys: Decision = {
  what: "Keys of RSA with less than 2048 bits",
  covers: ({ name }) => name.startsWith("Good parameters: 1024 bits"),
};
const punycode: Decision = {
  what: "Labels `xn--` that are no IDNA",
  // By tests of what an address throws, and of setters, which then change nothing.
  covers: ({ name, error = "" }) =>
    /xn--/i.test(name) && (error === "Invalid URL" || /, got "(?:x|https:\/\/example\.com\/)"$/.test(error)),
};

export const areas: Readonly<Record<string, Area>> = {
  URL: {
    files: [
      { path: "url/url-constructor.any.js", data: ["resources/urltestdata.json"] },
      { path: "url/url-setters.any.js", data: ["resources/setters_tests.json"] },
      { path: "url/url-origin.any.js", data: ["resources/urltestdata.json"] },
      ...filesIn("url", ["historical", "url-searchparams", "url-setters-stripping", "url-tojson"]),
    ],
    decided: punycode,
  },
  "International host names": {
    files: [
      { path: "url/toascii.window.js", data: ["resources/toascii.json"] },
      { path: "url/IdnaTestV2.window.js", data: ["resources/IdnaTestV2.json"] },
    ],
    absent: [links],
    decided: punycode,
  },
  URLSearchParams: {
    files: filesIn("url", [
      "urlencoded-parser",
      ...["append", "constructor", "delete", "foreach", "get", "getall", "has", "set", "sort", "stringifier"].map(
        (name) => `urlsearchparams-${name}`,
      ),
    ]),
    absent: [forms],
  },
  Encoding: {
    files: filesIn("encoding", [
      ...["api-basics", "api-invalid-label", "api-replacement-encodings", "api-surrogates-utf8", "encodeInto"],
      ...["arguments", "byte-order-marks", "copy", "fatal-streaming", "fatal", "ignorebom", "labels", "streaming"].map(
        (name) => `textdecoder-${name}`,
      ),
      ...["textdecoder-utf16-surrogates", "textencoder-constructor-non-utf", "textencoder-utf16-surrogates"],
    ]),
    absent: [encodings, sharedBuffers],
  },
  Headers: {
    files: filesIn(
      "fetch/api/headers",
      ["basic", "casing", "combine", "errors", "record", "structure"].map((name) => `headers-${name}`),
    ),
  },
  "AbortController, AbortSignal": {
    files: filesIn("dom/abort", ["AbortSignal", "abort-signal-any", "event", "timeout"]),
  },
  "atob(), btoa()": {
    files: [{ path: "html/webappapis/atob/base64.any.js", data: ["../../../fetch/data-urls/resources/base64.json"] }],
  },
  "structuredClone()": {
    files: [
      {
        path: "html/webappapis/structured-clone/structured-clone-battery-of-tests.js",
        scripts: ["html/webappapis/structured-clone/structured-clone-battery-of-tests-harness.js"],
        before: "Blob = File = class {};",
        after: `runStructuredCloneBatteryOfTests({
          structuredClone: async (value, transfer) => structuredClone(value, { transfer }),
          hasDocument: false,
        });`,
      },
    ],
    absent: [files],
  },
  Digests: { files: [{ path: "WebCryptoAPI/digest/digest.js", after: "run_test()" }] },
  "HMAC: sign, verify, generate": {
    files: [
      {
        path: "WebCryptoAPI/sign_verify/hmac.js",
        scripts: ["WebCryptoAPI/sign_verify/hmac_vectors.js"],
        after: "run_test()",
      },
      ...filesIn("WebCryptoAPI/generateKey", ["failures_HMAC.https", "successes_HMAC.https"]),
    ],
    absent: [ecdsa],
  },
  "Import of secret keys": {
    files: [{ path: "WebCryptoAPI/import_export/symmetric_importKey.js", after: "run_test()" }],
    absent: [aes],
  },
  HKDF: {
    files: [
      {
        path: "WebCryptoAPI/derive_bits_keys/hkdf.js",
        scripts: ["WebCryptoAPI/derive_bits_keys/hkdf_vectors.js"],
        after: 'promise_test(() => define_tests(), "the vectors are set up")',
      },
    ],
    absent: [aes, ecdh],
  },
  "ECDSA: sign, verify": { files: [signing("ecdsa", "ecdsa")] },
  "RSASSA-PKCS1-v1_5: sign, verify": { files: [signing("rsa", "rsa_pkcs")] },
  "RSA-PSS: verify": { files: [signing("rsa", "rsa_pss")], absent: [pssSigning] },
  "AES-GCM": {
    files: [
      {
        path: "WebCryptoAPI/encrypt_decrypt/aes.js",
        scripts: ["WebCryptoAPI/encrypt_decrypt/aes_gcm_vectors.js"],
        // The tests come when the keys of the vectors are there, which nothing waits for.
        after:
          'run_test(); promise_test(() => new Promise((resolve) => setTimeout(resolve, 300)), "the vectors are set up")',
      },
    ],
    absent: [otherMode],
  },
  "Import of keys of ECDSA": {
    files: [{ path: "WebCryptoAPI/import_export/ec_importKey.js", after: "run_test()" }],
    absent: [ecdhKeys],
  },
  "Import of keys of RSA": {
    files: [{ path: "WebCryptoAPI/import_export/rsa_importKey.js", after: "run_test()" }],
    absent: [oaep],
    decided: shortKeys,
  },
  "Random values": { files: filesIn("WebCryptoAPI", ["getRandomValues", "randomUUID.https"]) },
  "Timers and microtasks": {
    files: [
      ...filesIn("html/webappapis/timers", [
        "cleartimeout-clearinterval",
        "type-long-settimeout",
        "negative-settimeout",
      ]),
      ...filesIn("html/webappapis/microtask-queuing", ["queue-microtask"]),
    ],
    absent: [intervals],
  },
};
