/**
 * The headers of a message as its filter sees them, and the journal of what the filter changed: kept until the filter lets
 * go of the head, so that a failed filter's changes can be taken back.
 */
import { type MapType, Status } from "../abi/constants.js";
import { removeValues, setValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { Response } from "../policy/response.js";
import type { ExchangeCalls } from "./message-owner.js";

export type EditKind = "set" | "append" | "delete";

interface Edit {
  kind: EditKind;
  name: string;
  value: string;
}

export class MessageHead {
  // No private names: engines write the list of an exchange that they use again (prepared-exchange.ts).
  declare private read: HeaderList | undefined;
  declare private journal: Edit[] | undefined;
  /** The list as it came, where others are told of it later. */
  declare private came?: HeaderList;
  /** What was handed over, where that is still asked for. */
  declare private flushed?: readonly Edit[];

  // Not as initial values of the fields, which take an interpreter another call.
  constructor() {
    this.read = undefined;
    this.journal = undefined;
  }

  /** Nothing was changed, and the list was not read. */
  get untouched(): boolean {
    return this.read === undefined && this.journal === undefined;
  }

  /** The headers with all edits, if they have been read. */
  get list(): HeaderList | undefined {
    return this.read;
  }

  /** Takes what the host has, and keeps it as the list. */
  load(list: HeaderList): HeaderList {
    for (const edit of this.journal ?? []) {
      apply(list, edit);
    }
    this.read = list;
    return list;
  }

  /** The same, and keeps the list as it came, too. */
  loadToKeep(list: HeaderList): void {
    this.came = list;
    this.load(list.slice());
  }

  record(kind: EditKind, name: string, value: string): void {
    const edit = { kind, name, value };
    (this.journal ??= []).push(edit);
    if (this.read !== undefined) {
      apply(this.read, edit);
    }
  }

  /** Whether the filter has changed this header, in what is not handed over yet or was remembered. */
  isEdited(name: string): boolean {
    return (this.journal ?? this.flushed)?.some((edit) => edit.name === name) ?? false;
  }

  /** What has been changed so far is asked for when it has been handed over. */
  rememberEdits(): void {
    if (this.journal !== undefined) {
      this.flushed = this.journal;
    }
  }

  /** An answer takes the place of the whole head, of which the host has this list. */
  replaceBy(answer: Response, list: HeaderList): void {
    this.discardEdits();
    const names = this.load(list).filter((name, index) => index % 2 === 0 && !name.startsWith(":"));
    for (const name of new Set(names)) {
      this.record("delete", name, "");
    }
    this.record("set", ":status", String(answer.status));
    const headers = answer.headerList();
    for (let index = 0; index < headers.length; index += 2) {
      this.record("append", headers[index] as string, headers[index + 1] as string);
    }
  }

  /** Forgets what the filter changed. */
  discardEdits(): void {
    if (this.journal === undefined) {
      return;
    }
    this.journal = undefined;
    this.read = this.came?.slice();
  }

  /** Hands the changes to the host, which still has the head. */
  flush(host: ExchangeCalls, map: MapType): void {
    const journal = this.journal;
    if (journal === undefined) {
      return;
    }
    this.journal = undefined;
    for (const { kind, name, value } of journal) {
      if (kind === "delete") {
        host.removeHeaderMapValue(map, name);
      } else if (kind === "append") {
        host.addHeaderMapValue(map, name, value);
      } else {
        const status = host.replaceHeaderMapValue(map, name, value);
        if (status !== Status.Ok) {
          throw new SluiceError("INTERNAL", `The host refused to set ${name} (status ${status}).`);
        }
      }
    }
  }
}

/** Does to the list what the host will do to the map. */
function apply(list: HeaderList, { kind, name, value }: Edit): void {
  if (kind === "set") {
    setValue(list, name, value);
  } else if (kind === "delete") {
    removeValues(list, name);
  } else {
    list.push(name, value);
  }
}
