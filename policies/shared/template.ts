/** Texts with facts of the exchange in them: `${request.method} from ${client.address}`. */
import { utf8ToByteString } from "sluice";
import { parsed } from "sluice/config";
import { type Facts, factReaders, headerReader } from "./facts.js";

/** A template that was found in order. */
export interface Template {
  /** What it gives: a byte string without control characters, whatever clients send. */
  fill(facts: Facts): string;
  /** The facts in it, by name. */
  readonly facts: readonly string[];
  /** Headers of the request in it, in lower case. */
  readonly requestHeaders: readonly string[];
}

/** Which facts there are where a template is used. */
export type TemplatePlace = "request" | "response";

/** What makes a template of a text, and says where it is wrong. Goes behind `v.string()` and the description. */
export function template(place: TemplatePlace) {
  return parsed((text) => parseTemplate(text, place));
}

const headerFact = /^(request|response)\.header\.([!#$%&'*+\-.^_`|~0-9A-Za-z]+)$/;

/** The template; throws what is wrong with the text. `$${` stands for `${` itself. */
export function parseTemplate(text: string, place: TemplatePlace): Template {
  const control = text.search(/[^\t\x20-\x7e\u0080-\u{10ffff}]/u);
  if (control >= 0) {
    throw new Error(`at character ${control + 1}: control characters and line ends are not allowed`);
  }
  const parts: (string | ((facts: Facts) => string))[] = [];
  const names: string[] = [];
  const requestHeaders: string[] = [];
  let rest = 0;
  for (let at = text.indexOf("${"); at >= 0; at = text.indexOf("${", rest)) {
    if (text[at - 1] === "$" && at > rest) {
      parts.push(utf8ToByteString(text.slice(rest, at - 1)), "${");
      rest = at + 2;
      continue;
    }
    parts.push(utf8ToByteString(text.slice(rest, at)));
    const end = text.indexOf("}", at);
    if (end < 0) {
      throw new Error(`at character ${at + 1}: "\${" without "}"; write "$\${" for the characters themselves`);
    }
    const name = text.slice(at + 2, end);
    const [, message, header] = headerFact.exec(name) ?? [];
    const read =
      header === undefined ? factReaders.get(name) : headerReader(message as TemplatePlace, header.toLowerCase());
    if (read === undefined) {
      throw new Error(`at character ${at + 1}: there is no fact "${name}"; known are ${knownFacts(place).join(", ")}`);
    }
    if (place === "request" && name.startsWith("response.")) {
      throw new Error(`at character ${at + 1}: there is no response yet where the request is edited, so no "${name}"`);
    }
    if (message === "request" && header !== undefined) {
      requestHeaders.push(header.toLowerCase());
    }
    names.push(name);
    parts.push(read);
    rest = end + 1;
  }
  parts.push(utf8ToByteString(text.slice(rest)));
  return { facts: names, requestHeaders, fill: (facts) => filled(parts, facts) };
}

function filled(parts: readonly (string | ((facts: Facts) => string))[], facts: Facts): string {
  let text = "";
  for (const part of parts) {
    text += typeof part === "string" ? part : part(facts);
  }
  return text;
}

function knownFacts(place: TemplatePlace): string[] {
  return [...factReaders.keys(), "request.header.<name>", "response.header.<name>"].filter(
    (name) => place === "response" || !name.startsWith("response."),
  );
}
