/** What YAML allows and no file of Sluice may have: values that have no end, or that are larger than they look. */
import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";

/** Levels of lists and mappings within each other, aliases followed. */
const deepest = 100;
/** Values of a file, those of aliases counted wherever they are used. */
const mostValues = 1_000_000;

/** The parser looks for the anchor of each from the beginning on. */
const mostAliases = 1_000;

/** What is wrong, and the offset of where. */
export interface StructureProblem {
  offset: number;
  message: string;
}

/** How much a value is when every alias in it is followed. */
interface Extent {
  values: number;
  levels: number;
}

/** The problems of a document's contents. Whoever goes on without one can follow every alias and every level. */
export function structureProblems(contents: unknown): StructureProblem[] {
  const structure = new Structure();
  structure.visit(contents, 0);
  return structure.problems;
}

const none: Extent = { values: 0, levels: 0 };
const scalar: Extent = { values: 1, levels: 0 };

class Structure {
  readonly problems: StructureProblem[] = [];
  /** undefined: of a value that has begun and not ended. */
  private readonly anchors = new Map<string, Extent | undefined>();
  private values = 0;
  private aliases = 0;

  visit(node: unknown, level: number): Extent {
    if (isAlias(node)) {
      return this.alias(node.source, level, node);
    }
    if (isScalar(node)) {
      return this.anchored(node.anchor, () => this.counted(scalar, node));
    }
    if (!isMap(node) && !isSeq(node)) {
      return none;
    }
    if (level === deepest) {
      this.report(node, tooDeep);
      return none;
    }
    return this.anchored(node.anchor, () => {
      const total = { ...this.counted(scalar, node) };
      const add = ({ values, levels }: Extent) => {
        total.values += values;
        total.levels = Math.max(total.levels, levels + 1);
      };
      if (isMap(node)) {
        const keys = new Set<unknown>();
        for (const { key, value } of node.items) {
          this.key(key, keys);
          add(this.visit(value, level + 1));
        }
      } else {
        for (const item of node.items) {
          add(this.visit(item, level + 1));
        }
      }
      return total;
    });
  }

  /** `keys`: those before it. */
  private key(key: unknown, keys: Set<unknown>): void {
    if (!isScalar(key)) {
      this.report(key as Node, "expected a key that is a text");
    } else if (keys.has(String(key.value))) {
      this.report(key, "Map keys must be unique");
    } else if (key.value === "__proto__") {
      // In JavaScript it is every object's own: code that copies keys would change what it is copied to.
      this.report(key, 'a key cannot be "__proto__"');
    }
    keys.add(isScalar(key) ? String(key.value) : key);
  }

  private alias(name: string, level: number, node: Node): Extent {
    this.aliases += 1;
    if (this.aliases > mostAliases) {
      if (this.aliases === mostAliases + 1) {
        this.report(node, `more than ${mostAliases.toLocaleString("en")} aliases`);
      }
      return none;
    }
    const extent = this.anchors.get(name);
    if (extent === undefined) {
      const message = this.anchors.has(name)
        ? `the alias *${name} is within its own anchor &${name}: the value would have no end`
        : `the alias *${name} has no anchor &${name} before it`;
      this.report(node, message);
      return none;
    }
    if (level + extent.levels > deepest) {
      this.report(node, tooDeep);
      return none;
    }
    return this.counted(extent, node);
  }

  private anchored(anchor: string | undefined, visit: () => Extent): Extent {
    if (anchor === undefined) {
      return visit();
    }
    this.anchors.set(anchor, undefined);
    const extent = visit();
    this.anchors.set(anchor, extent);
    return extent;
  }

  /** Only the first value that is too much is told. */
  private counted(extent: Extent, node: Node): Extent {
    const before = this.values;
    this.values += extent.values;
    if (before <= mostValues && this.values > mostValues) {
      this.report(
        node,
        `more than ${mostValues.toLocaleString("en")} values, those of aliases counted wherever they are used`,
      );
    }
    return extent;
  }

  private report(node: Node | null, message: string): void {
    this.problems.push({ offset: node?.range?.[0] ?? 0, message });
  }
}

export const tooDeep = `lists and mappings in more than ${deepest} levels`;
