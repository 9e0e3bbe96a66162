/** The head of a message: its headers as the filter sees them, and the journal of what the filter changed. */
import { Status } from "../abi/constants.js";
import { firstValue, removeValues, setValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { Direction } from "./direction.js";
import type { MessageOwner } from "./message-owner.js";

interface Edit {
  kind: "set" | "append" | "delete";
  name: string;
  value: string;
}

export class MessageHead {
  readonly direction: Direction;
  protected readonly owner: MessageOwner;
  /** The head ended the message: no body, no trailers. */
  endOfStream = false;
  /** The head has left this policy. */
  headOut = false;
  headersShown = false;
  /** The call after which headers cannot be changed. */
  consumedBy: string | undefined;
  #list: HeaderList | undefined;
  /** Kept until the filter lets go of the head, so that a failed filter's changes can be taken back. */
  #journal: Edit[] | undefined;

  constructor(owner: MessageOwner, direction: Direction) {
    this.owner = owner;
    this.direction = direction;
  }

  get containsBody(): boolean {
    return !this.endOfStream;
  }

  headerList(): HeaderList {
    this.#refuseAfterSend("headers");
    return (this.#list ??= this.#load());
  }

  hasHeader(name: string): boolean {
    if (this.#list === undefined && this.#journal === undefined && !this.headOut) {
      this.#refuseAfterSend("headers.has()");
      return this.owner.host().getHeaderMapValue(this.direction.headers, name) !== undefined;
    }
    return firstValue(this.headerList(), name) !== undefined;
  }

  pseudoHeader(name: string): string {
    this.#refuseAfterSend(name.slice(1));
    if (this.#list === undefined && this.#journal === undefined && !this.headOut) {
      return this.owner.host().getHeaderMapValue(this.direction.headers, name) ?? "";
    }
    return firstValue(this.headerList(), name) ?? "";
  }

  setPseudoHeader(call: string, name: string, value: string): void {
    this.#edit(call, { kind: "set", name, value });
  }

  setHeader(call: string, name: string, value: string): void {
    this.#edit(call, { kind: "set", name, value });
  }

  appendHeader(call: string, name: string, value: string): void {
    this.#edit(call, { kind: "append", name, value });
  }

  deleteHeader(call: string, name: string): void {
    this.#edit(call, { kind: "delete", name, value: "" });
  }

  /** `keepReadable`, if the filter has asked for the headers. */
  keepShownHeaders(): void {
    if (this.headersShown) this.keepReadable();
  }

  /** Reads the list now, since it may be gone when the head has left. */
  protected keepReadable(): void {
    this.#list ??= this.#load();
  }

  /** The kit's own change, allowed whatever the filter's state is. */
  protected record(kind: Edit["kind"], name: string, value: string): void {
    const edit = { kind, name, value };
    (this.#journal ??= []).push(edit);
    if (this.#list !== undefined) apply(this.#list, edit);
  }

  /** Forgets what the filter changed. */
  discardEdits(): void {
    if (this.#journal === undefined) return;
    this.#journal = undefined;
    this.#list = undefined;
  }

  /** Hands the changes to the host, which still has the head. */
  protected flushHead(): void {
    const journal = this.#journal;
    if (journal === undefined) return;
    this.#journal = undefined;
    const host = this.owner.host();
    const map = this.direction.headers;
    for (const { kind, name, value } of journal) {
      if (kind === "delete") host.removeHeaderMapValue(map, name);
      else if (kind === "append") host.addHeaderMapValue(map, name, value);
      else {
        const status = host.replaceHeaderMapValue(map, name, value);
        if (status !== Status.Ok) throw new SluiceError("INTERNAL", `The host refused to set ${name} (status ${status}).`);
      }
    }
  }

  #edit(call: string, edit: Edit): void {
    if (this.consumedBy !== undefined) {
      throw new SluiceError("STATE_CONSUMED", `${call} after ${this.consumedBy}: the ${this.direction.name}'s head can no longer be changed.`);
    }
    if (this.owner.over !== undefined) {
      throw new SluiceError("EXCHANGE_OVER", `${call} has no effect any more: ${this.owner.over}.`);
    }
    this.record(edit.kind, edit.name, edit.value);
  }

  #refuseAfterSend(call: string): void {
    if (this.consumedBy === "sendResponse()") {
      throw new SluiceError("STATE_CONSUMED", `${call} after sendResponse(): this response was discarded.`);
    }
  }

  #load(): HeaderList {
    const list = this.owner.host().getHeaderMapPairs(this.direction.headers);
    if (list.length === 0 && this.headOut) {
      throw new SluiceError("STATE_CONSUMED", `The ${this.direction.name}'s head has gone on: read its headers before the filter ends.`);
    }
    for (const edit of this.#journal ?? []) apply(list, edit);
    return list;
  }
}

/** Does to the list what the host will do to the map. */
function apply(list: HeaderList, { kind, name, value }: Edit): void {
  if (kind === "set") setValue(list, name, value);
  else if (kind === "delete") removeValues(list, name);
  else list.push(name, value);
}
