/**
 * Finds what a policy does to a message when that can no longer be done: the message has moved on to its body on every way that leads
 * there. What the way decides is left to the error at run time, and so is what comes after an error that was caught.
 *
 * A message never moves back. So one walk in the order of evaluation is enough: no round of a loop knows less than the first one, and a
 * function that is made when the message has moved on finds it so whenever it is called.
 */
import { Messages, type Scopes, type Variable } from "./messages.js";
import { allParts, isFunction, memberName, part, partsOf, plain, type Syntax } from "./syntax.js";

/** A use that fails whenever it is reached. */
export interface LateEdit {
  /** What is called or assigned to. */
  readonly node: Syntax;
  /** As in `response.headers.set()` or `response.status =`, with the name that the message has first. */
  readonly call: string;
  /** The call by which the message has moved on, as in `intoBodyState()`. */
  readonly consumer: string;
  readonly consumedAt: Syntax;
}

/** What has moved on, on all ways to a point, and by which calls; undefined where no way leads. */
type Moved = ReadonlyMap<Variable, Consumption> | undefined;

interface Consumption {
  readonly name: string;
  readonly node: Syntax;
}

/** Something that a `break`, a `continue` or a `return` leaves. */
interface Frame {
  readonly kind: "loop" | "switch" | "label" | "finally";
  readonly labels: readonly string[];
  /** At each `break`; of a `finally`, whatever passes it. */
  readonly exits: Moved[];
  /** At each `continue`. */
  readonly rounds: Moved[];
}

const keepsHead = "intoHeadersBodyState";
const consumers: ReadonlySet<string> = new Set(["intoBodyState", "intoBodyStreamState", keepsHead]);
const headerEdits: ReadonlySet<string> = new Set(["set", "append", "delete"]);
const assignable: ReadonlySet<string> = new Set(["status", "method", "path", "pathname", "search", "authority"]);
const conditional: ReadonlySet<unknown> = new Set(["&&=", "||=", "??="]);

/** A text without any of these has no late edits. */
export const mayMoveOn = /\binto(?:Headers)?Body(?:Stream)?State\b/;

/** Those in `program` (ESTree). `scopes` are of that tree. */
export function findLateEdits(program: object, scopes: Scopes): LateEdit[] {
  const walk = new Walk(new Messages(scopes));
  walk.visit(program as Syntax);
  return walk.found;
}

class Walk {
  readonly found: LateEdit[] = [];
  readonly #messages: Messages;
  #moved: Moved = new Map();
  #frames: Frame[] = [];
  /** Those of the statement that comes next. */
  #labels: string[] = [];

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  visit(node: Syntax | undefined): void {
    if (node === undefined) {
      return;
    }
    if (isFunction(node)) {
      this.#function(node);
      return;
    }
    const labels = this.#labels;
    this.#labels = [];
    switch (node.type) {
      case "IfStatement":
      case "ConditionalExpression":
        this.visit(part(node, "test"));
        this.#either(
          () => this.visit(part(node, "consequent")),
          () => this.visit(part(node, "alternate")),
        );
        break;
      case "LogicalExpression":
        this.visit(part(node, "left"));
        this.#perhaps(part(node, "right"));
        break;
      case "AssignmentPattern":
        this.#perhaps(part(node, "right"));
        this.visit(part(node, "left"));
        break;
      case "ChainExpression":
        this.#perhaps(part(node, "expression"));
        break;
      case "VariableDeclarator":
        this.visit(part(node, "init"));
        this.visit(part(node, "id"));
        break;
      case "AssignmentExpression":
        this.#assignment(node);
        break;
      case "UpdateExpression":
        this.#visitParts(node);
        this.#changed(part(node, "argument"));
        break;
      case "CallExpression":
        this.visit(part(node, "callee"));
        for (const argument of partsOf(node, "arguments")) {
          this.visit(argument);
        }
        this.#called(node);
        break;
      case "ForStatement":
      case "WhileStatement":
        this.#loop(node, labels);
        break;
      case "DoWhileStatement":
        this.#doWhile(node, labels);
        break;
      case "ForInStatement":
      case "ForOfStatement":
        this.#forEach(node, labels);
        break;
      case "SwitchStatement":
        this.#switch(node, labels);
        break;
      case "TryStatement":
        this.#try(node);
        break;
      case "LabeledStatement":
        this.#labelled(node, labels);
        break;
      case "BreakStatement":
      case "ContinueStatement":
        this.#jump(node);
        break;
      case "ReturnStatement":
        this.visit(part(node, "argument"));
        this.#leave(undefined);
        break;
      case "ThrowStatement":
        this.visit(part(node, "argument"));
        this.#moved = undefined;
        break;
      default:
        this.#visitParts(node);
    }
  }

  #visitParts(node: Syntax): void {
    for (const child of allParts(node)) {
      this.visit(child);
    }
  }

  /** A declaration may be called before its place in the text. */
  #function(node: Syntax): void {
    const [moved, frames, labels] = [this.#moved, this.#frames, this.#labels];
    this.#frames = [];
    this.#labels = [];
    if (node.type === "FunctionDeclaration") {
      this.#moved = new Map();
    }
    this.#visitParts(node);
    [this.#moved, this.#frames, this.#labels] = [moved, frames, labels];
  }

  #perhaps(node: Syntax | undefined): void {
    this.#either(
      () => this.visit(node),
      () => undefined,
    );
  }

  #either(one: () => void, other: () => void): void {
    const before = this.#moved;
    one();
    const after = this.#moved;
    this.#moved = before;
    other();
    this.#moved = join([after, this.#moved]);
  }

  // --- loops and jumps ---

  #within(kind: Frame["kind"], labels: readonly string[], visit: () => void): Frame {
    const frame: Frame = { kind, labels, exits: [], rounds: [] };
    this.#frames.push(frame);
    visit();
    this.#frames.pop();
    return frame;
  }

  #loop(node: Syntax, labels: readonly string[]): void {
    const test = part(node, "test");
    this.visit(part(node, "init"));
    this.visit(test);
    const end = test === undefined || test["value"] === true ? undefined : this.#moved;
    const { exits, rounds } = this.#within("loop", labels, () => this.visit(part(node, "body")));
    this.#moved = join([this.#moved, ...rounds]);
    this.visit(part(node, "update"));
    this.#moved = join([end, ...exits]);
  }

  #doWhile(node: Syntax, labels: readonly string[]): void {
    const { exits, rounds } = this.#within("loop", labels, () => this.visit(part(node, "body")));
    this.#moved = join([this.#moved, ...rounds]);
    this.visit(part(node, "test"));
    this.#moved = join([part(node, "test")?.["value"] === true ? undefined : this.#moved, ...exits]);
  }

  #forEach(node: Syntax, labels: readonly string[]): void {
    this.visit(part(node, "right"));
    const before = this.#moved;
    this.visit(part(node, "left"));
    const { exits } = this.#within("loop", labels, () => this.visit(part(node, "body")));
    this.#moved = join([before, ...exits]);
  }

  #switch(node: Syntax, labels: readonly string[]): void {
    this.visit(part(node, "discriminant"));
    let tested = this.#moved;
    let hasDefault = false;
    const { exits } = this.#within("switch", labels, () => {
      this.#moved = undefined;
      for (const option of partsOf(node, "cases")) {
        const fallen = this.#moved;
        const test = part(option, "test");
        hasDefault ||= test === undefined;
        this.#moved = tested;
        this.visit(test);
        tested = this.#moved;
        this.#moved = join([tested, fallen]);
        for (const statement of partsOf(option, "consequent")) {
          this.visit(statement);
        }
      }
    });
    this.#moved = join([this.#moved, hasDefault ? undefined : tested, ...exits]);
  }

  #labelled(node: Syntax, labels: readonly string[]): void {
    const label = part(node, "label")?.["name"] as string;
    const { exits } = this.#within("label", [label], () => {
      this.#labels = [...labels, label];
      this.visit(part(node, "body"));
    });
    this.#labels = [];
    this.#moved = join([this.#moved, ...exits]);
  }

  #jump(node: Syntax): void {
    const label = part(node, "label")?.["name"] as string | undefined;
    const goesOn = node.type === "ContinueStatement";
    const target = this.#frames.findLast(({ kind, labels }) =>
      label === undefined
        ? kind === "loop" || (kind === "switch" && !goesOn)
        : labels.includes(label) && (kind === "loop" || (kind === "label" && !goesOn)),
    );
    if (target !== undefined) {
      (goesOn ? target.rounds : target.exits).push(this.#moved);
    }
    this.#leave(target);
  }

  /** Leaves all frames inside `target`; without one, the function. */
  #leave(target: Frame | undefined): void {
    for (const frame of this.#frames.slice(target === undefined ? 0 : this.#frames.indexOf(target) + 1)) {
      if (frame.kind === "finally") {
        frame.exits.push(this.#moved);
      }
    }
    this.#moved = undefined;
  }

  /** What threw may have done so before anything else: a handler knows what was known before. A `finally` is looked at as it runs without errors. */
  #try(node: Syntax): void {
    const before = this.#moved;
    const { exits } = this.#within("finally", [], () => {
      this.visit(part(node, "block"));
      const handler = part(node, "handler");
      if (handler !== undefined) {
        const after = this.#moved;
        this.#moved = before;
        this.visit(handler);
        this.#moved = join([after, this.#moved]);
      }
    });
    const finalizer = part(node, "finalizer");
    if (finalizer === undefined) {
      return;
    }
    const end = this.#moved;
    this.#moved = join([end, ...exits]) ?? before;
    this.visit(finalizer);
    this.#moved = end === undefined || this.#moved === undefined ? undefined : new Map([...this.#moved, ...end]);
  }

  // --- messages ---

  #assignment(node: Syntax): void {
    const left = part(node, "left");
    this.visit(left);
    if (conditional.has(node["operator"])) {
      this.#perhaps(part(node, "right"));
      return;
    }
    this.visit(part(node, "right"));
    this.#changed(left);
  }

  #changed(target: Syntax | undefined): void {
    const member = plain(target);
    const name = member?.type === "MemberExpression" ? memberName(member) : undefined;
    if (member !== undefined && name !== undefined && assignable.has(name)) {
      this.#refuse(member, `${name} =`, this.#messages.meant(part(member, "object")), false);
    }
  }

  #called(node: Syntax): void {
    const callee = plain(part(node, "callee"));
    const name = callee?.type === "MemberExpression" ? memberName(callee) : undefined;
    if (callee === undefined || name === undefined) {
      return;
    }
    const object = part(callee, "object");
    if (headerEdits.has(name)) {
      this.#refuse(callee, `headers.${name}()`, this.#messages.meantByHeaders(object), false);
    } else if (name === "sendResponse") {
      this.#refuse(callee, "sendResponse()", this.#messages.meant(object), true);
    } else if (consumers.has(name)) {
      const message = this.#messages.meant(object);
      this.#refuse(callee, `${name}()`, message, true);
      if (message !== undefined && this.#moved !== undefined && !this.#moved.has(message)) {
        this.#moved = new Map([...this.#moved, [message, { name, node }]]);
      }
    }
  }

  /** `always`: also after the call that leaves the head changeable. */
  #refuse(node: Syntax, call: string, message: Variable | undefined, always: boolean): void {
    const consumption = message === undefined ? undefined : this.#moved?.get(message);
    if (message !== undefined && consumption !== undefined && (always || consumption.name !== keepsHead)) {
      this.found.push({
        node,
        call: `${message.name}.${call}`,
        consumer: `${consumption.name}()`,
        consumedAt: consumption.node,
      });
    }
  }
}

/** What has moved on on each of the ways; on some by the call that leaves the head changeable: by that. */
function join(ways: readonly Moved[]): Moved {
  return ways.reduce((one, other) => {
    if (one === undefined || other === undefined) {
      return one ?? other;
    }
    return new Map(
      [...one].flatMap(([message, consumption]) => {
        const second = other.get(message);
        return second === undefined ? [] : [[message, second.name === keepsHead ? second : consumption] as const];
      }),
    );
  }, undefined);
}
