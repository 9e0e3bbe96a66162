/** An algorithm of `crypto.subtle` that modules lack fails where it is used: the author is told when the module is built. */
import { shownPath } from "../source-frame.js";
import { packageOf } from "./package-paths.js";
import { writtenFiles } from "./written-files.js";

/** Those of Web Cryptography, and of its drafts that Node follows. */
const lacking = /(["'`])(RSA-OAEP|AES-(?:CBC|CTR|KW)|ECDH|X25519|X448|Ed448|SHA3-\d+|ML-(?:DSA|KEM)-\d+)\1/gi;

/**
 * One sentence for each file of the policy's own and each such algorithm. Packages name more of them than they use.
 *
 * @param map The source map (JSON) of the policy's bundle, with the sources in it.
 */
export function checkAlgorithms(map: string): string[] {
  return writtenFiles(map)
    .filter(({ path, text }) => packageOf(path) === undefined && /\bsubtle\b/.test(text))
    .flatMap(({ path, text }) => {
      const names = new Set([...text.matchAll(lacking)].map(([, , name = ""]) => name));
      return [...names].map(
        (name) =>
          `${shownPath(path)}: crypto.subtle has no ${name} in a module: a call with it is rejected with a NotSupportedError. docs/web-apis.md lists what it has.`,
      );
    });
}
