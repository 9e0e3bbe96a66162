/** The vectors of Wycheproof in `vectors/`, and what of them an engine gets wrong. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const policyFile = fileURLToPath(new URL("./policies/vectors.ts", import.meta.url));

interface Vector {
  readonly tcId: number;
  readonly result: "valid" | "invalid" | "acceptable";
}

interface Group extends Readonly<Record<string, unknown>> {
  readonly tests: readonly Vector[];
}

/** What a file of that name is about. */
const kinds: readonly (readonly [prefix: string, kind: string])[] = [
  ["rsa_signature", "rsassa"],
  ["rsa_pss", "pss"],
  ["ecdsa_secp256r1", "ecdsa256"],
  ["ecdsa_secp384r1", "ecdsa384"],
  ["ecdsa_secp521r1", "ecdsa521"],
  ["ed25519", "ed25519"],
  ["hmac", "hmac"],
  ["aes_gcm", "aes"],
  ["hkdf", "hkdf"],
  ["pbkdf2", "pbkdf2"],
];
/** Some algorithms take milliseconds, those of passwords tens of them, and a module's event has a tenth of a second. */
const mostAtOnce = (kind: string): number => (kind === "pbkdf2" ? 1 : 6);

const folder = new URL("./vectors/", import.meta.url);
export const files: readonly string[] = readdirSync(folder).map((name) => name.replace(/\.json$/, ""));

/** The vectors of a file that an engine, which answers a JSON text, gets wrong; and how many there are. */
export async function wrongOnes(
  file: string,
  ask: (text: string) => Promise<string>,
): Promise<{ count: number; wrong: unknown[] }> {
  const kind = kinds.find(([prefix]) => file.startsWith(prefix))![1];
  const hash = /sha(1|256|384|512)/.exec(file)?.[1];
  const groups = JSON.parse(readFileSync(new URL(`${file}.json`, folder), "utf8")) as Group[];
  const wrong: unknown[] = [];
  let count = 0;
  for (const { tests, ...group } of groups) {
    for (let at = 0; at < tests.length; at += mostAtOnce(kind)) {
      const some = tests.slice(at, at + mostAtOnce(kind));
      const text = JSON.stringify({ kind, group: { sha: `SHA-${hash}`, ...group }, tests: some });
      const outcomes = JSON.parse(await ask(text)) as unknown[];
      some.forEach(({ tcId, result }, index) => {
        count++;
        if (result !== "acceptable" && (outcomes[index] === true) !== (result === "valid")) {
          wrong.push([tcId, result, outcomes[index]]);
        }
      });
    }
  }
  return { count, wrong };
}
