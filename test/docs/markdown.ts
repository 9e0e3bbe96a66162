/** The little of Markdown that the tests of the documents need. */

/** A heading with the text below it, up to the next heading of any level. */
export interface Section {
  /** 1 for `#`, 2 for `##` … */
  level: number;
  title: string;
  text: string;
}

/** The sections in order; headings in code blocks are none. */
export function sectionsOf(markdown: string): Section[] {
  const sections: Section[] = [];
  let inCode = false;
  for (const line of markdown.split("\n")) {
    if (line.startsWith("```")) {
      inCode = !inCode;
    }
    const heading = inCode ? null : /^(#+) (.+)$/.exec(line);
    if (heading === null) {
      const section = sections.at(-1);
      if (section !== undefined) {
        section.text += `${line}\n`;
      }
    } else {
      sections.push({ level: heading[1]?.length ?? 0, title: heading[2] ?? "", text: "" });
    }
  }
  return sections.map((section) => ({ ...section, text: section.text.trim() }));
}

/** The texts of the code blocks in that language. */
export function codeBlocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter((block) => block[1] === language)
    .map((block) => block[2] ?? "");
}

/** The targets of its links that are not on the web. */
export function localLinks(markdown: string): string[] {
  const prose = markdown.replace(/^```.*?^```$/gms, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((link) => link[1] ?? "")
    .filter((target) => !/^https?:/.test(target));
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}
