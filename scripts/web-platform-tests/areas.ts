/** Which of the published web-platform tests concern a policy. */

export interface TestFile {
  readonly path: string;
  /** What it imports in other ways than by a line META. */
  readonly scripts?: readonly string[];
  /** JSON that it fetches. */
  readonly data?: readonly string[];
  /** What its page does once it is loaded. */
  readonly after?: string;
}

const filesIn = (folder: string, names: readonly string[]): TestFile[] =>
  names.map((name) => ({ path: `${folder}/${name}.any.js` }));

export const areas: Readonly<Record<string, readonly TestFile[]>> = {
  URL: [
    { path: "url/url-constructor.any.js", data: ["resources/urltestdata.json"] },
    { path: "url/url-setters.any.js", data: ["resources/setters_tests.json"] },
    { path: "url/url-origin.any.js", data: ["resources/urltestdata.json"] },
    ...filesIn("url", ["historical", "url-searchparams", "url-setters-stripping", "url-tojson"]),
  ],
  "International host names": [
    { path: "url/toascii.window.js", data: ["resources/toascii.json"] },
    { path: "url/IdnaTestV2.window.js", data: ["resources/IdnaTestV2.json"] },
  ],
  URLSearchParams: filesIn("url", [
    "urlencoded-parser",
    ...["append", "constructor", "delete", "foreach", "get", "getall", "has", "set", "sort", "stringifier"].map(
      (name) => `urlsearchparams-${name}`,
    ),
  ]),
  Encoding: filesIn("encoding", [
    ...["api-basics", "api-invalid-label", "api-replacement-encodings", "api-surrogates-utf8", "encodeInto"],
    ...["arguments", "byte-order-marks", "copy", "fatal-streaming", "fatal", "ignorebom", "labels", "streaming"].map(
      (name) => `textdecoder-${name}`,
    ),
    ...["textdecoder-utf16-surrogates", "textencoder-constructor-non-utf", "textencoder-utf16-surrogates"],
  ]),
  Headers: filesIn("fetch/api/headers", [
    ...["basic", "casing", "combine", "errors", "record", "structure"].map((name) => `headers-${name}`),
  ]),
  "AbortController, AbortSignal": filesIn("dom/abort", ["AbortSignal", "abort-signal-any", "event", "timeout"]),
  "atob(), btoa()": [
    { path: "html/webappapis/atob/base64.any.js", data: ["../../../fetch/data-urls/resources/base64.json"] },
  ],
  Digests: [{ path: "WebCryptoAPI/digest/digest.js", after: "run_test()" }],
  HKDF: [
    {
      path: "WebCryptoAPI/derive_bits_keys/hkdf.js",
      scripts: ["WebCryptoAPI/derive_bits_keys/hkdf_vectors.js"],
      after: 'promise_test(() => define_tests(), "the vectors are set up")',
    },
  ],
  "Random values": filesIn("WebCryptoAPI", ["getRandomValues", "randomUUID.https"]),
  "Timers and microtasks": [
    ...filesIn("html/webappapis/timers", ["cleartimeout-clearinterval", "type-long-settimeout", "negative-settimeout"]),
    ...filesIn("html/webappapis/microtask-queuing", ["queue-microtask"]),
  ],
};
