/**
 * A plugin for ESLint 9 and later, for who wants to see in an editor what bundling a policy refuses. It works with ESLint's own parser and
 * with that of typescript-eslint.
 *
 * ```js
 * import sluice from "sluice/eslint";
 *
 * export default [sluice.configs.recommended];
 * ```
 */
import type { ESLint, Linter, Rule } from "eslint";
import { lateEditText } from "../late-edits/advice.js";
import { findLateEdits, mayMoveOn } from "../late-edits/find-late-edits.js";
import type { Syntax } from "../late-edits/syntax.js";

const noLateEdit: Rule.RuleModule = {
  meta: {
    type: "problem",
    docs: { description: "Refuse changes of a request or response that has always moved on to its body." },
    schema: [],
    messages: { late: "{{ text }}." },
  },
  create: (context) => ({
    Program: (program) => {
      if (!mayMoveOn.test(context.sourceCode.text)) {
        return;
      }
      for (const edit of findLateEdits(program, context.sourceCode.scopeManager)) {
        const text = lateEditText(edit, placed(edit.consumedAt).loc?.start.line ?? 0);
        context.report({ node: placed(edit.node), messageId: "late", data: { text } });
      }
    },
  }),
};

/** The rules, and the configuration that turns all of them on. */
interface SluicePlugin extends ESLint.Plugin {
  readonly rules: { readonly "no-late-edit": Rule.RuleModule };
  readonly configs: { readonly recommended: Linter.Config };
}

const rules = { "no-late-edit": noLateEdit };

const plugin: SluicePlugin = {
  meta: { name: "sluice" },
  rules,
  configs: {
    recommended: {
      name: "sluice/recommended",
      plugins: { sluice: { meta: { name: "sluice" }, rules } },
      rules: { "sluice/no-late-edit": "error" },
    },
  },
};

/** What ESLint's parsers make has its place. */
function placed(node: Syntax): Rule.Node {
  return node as unknown as Rule.Node;
}

export default plugin;
