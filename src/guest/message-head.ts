/**
 * The headers of a message as its filter sees them, and the journal of what the filter changed: kept until the filter lets
 * go of the head, so that a failed filter's changes can be taken back.
 */
import { type MapType, Status } from "../abi/constants.js";
import { EditKind, type HeaderEdits } from "../abi/header-edits.js";
import { removeValues, setValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { Response } from "../policy/response.js";
import type { ExchangeCalls } from "./message-owner.js";

/** Values of an edit in a journal. */
const editLength = 3;

export class MessageHead {
  // No private names: engines read and edit heads by themselves (native-heads.ts), and use them again (prepared-exchange.ts).
  declare private read: HeaderList | undefined;
  declare private journal: HeaderEdits | undefined;
  /** The list as it came, where others are told of it later. */
  declare private came?: HeaderList;
  /** What was handed over, where that is still asked for. */
  declare private flushed?: HeaderEdits;

  // Not as initial values of the fields, which take an interpreter another call.
  constructor() {
    this.read = undefined;
    this.journal = undefined;
  }

  /** The headers with all edits, if they have been read. */
  get list(): HeaderList | undefined {
    return this.read;
  }

  /** Takes what the host has, and keeps it as the list. */
  load(list: HeaderList): HeaderList {
    const { journal = [] } = this;
    for (let index = 0; index < journal.length; index += editLength) {
      apply(list, journal[index] as EditKind, journal[index + 1] as string, journal[index + 2] as string);
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
    (this.journal ??= []).push(kind, name, value);
    if (this.read !== undefined) {
      apply(this.read, kind, name, value);
    }
  }

  /** Whether it was changed here, in what is not handed over yet or was remembered. */
  isEdited(name: string): boolean {
    const edits = this.journal ?? this.flushed;
    for (let index = 1; edits !== undefined && index < edits.length; index += editLength) {
      if (edits[index] === name) {
        return true;
      }
    }
    return false;
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
      this.record(EditKind.Delete, name, "");
    }
    this.record(EditKind.Set, ":status", String(answer.status));
    const headers = answer.headerList();
    for (let index = 0; index < headers.length; index += 2) {
      this.record(EditKind.Append, headers[index] as string, headers[index + 1] as string);
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
    // What the engine can by itself comes first, if any.
    for (let index = host.editHeaderMap?.(map, journal) ?? 0; index < journal.length; index += editLength) {
      const name = journal[index + 1] as string;
      const value = journal[index + 2] as string;
      const kind = journal[index];
      if (kind === EditKind.Delete) {
        host.removeHeaderMapValue(map, name);
      } else if (kind === EditKind.Append) {
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
function apply(list: HeaderList, kind: EditKind, name: string, value: string): void {
  if (kind === EditKind.Set) {
    setValue(list, name, value);
  } else if (kind === EditKind.Delete) {
    removeValues(list, name);
  } else {
    list.push(name, value);
  }
}
