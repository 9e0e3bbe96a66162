/** The parts of the prelude that bring web APIs: files in `prelude/web/`, and the names in a policy's bundle that call for them. */
export const webApiParts: readonly { readonly file: string; readonly names: readonly string[] }[] = [
  { file: "text-coding", names: ["TextEncoder", "TextDecoder"] },
  { file: "performance", names: ["performance"] },
  { file: "headers", names: ["Headers"] },
  { file: "structured-clone", names: ["structuredClone"] },
  { file: "url-search-params", names: ["URLSearchParams"] },
  { file: "url", names: ["URL"] },
  { file: "crypto", names: ["crypto"] },
  { file: "subtle/subtle-crypto", names: ["subtle", "CryptoKey"] },
];
