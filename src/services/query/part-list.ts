/** Text that is a list of parts, each a name and its value, and is edited part by part: queries, forms and cookies. */

/** A list that can be read. */
export abstract class PartList implements Iterable<[name: string, value: string]> {
  /** The parts as they are written, empty ones too. */
  protected abstract parts(): string[];
  protected abstract write(parts: readonly string[]): void;
  /** Whether a part is none, such as what is between two separators in a row. */
  protected abstract isEmpty(part: string): boolean;
  protected abstract nameOf(part: string): string;
  protected abstract valueOf(part: string): string;
  /** The part as this list writes it; `call` is named in messages. */
  protected abstract partOf(name: string, value: string, call: string): string;
  /** A name as those of parts are compared with it. */
  protected abstract comparable(text: string): string;

  get(name: string): string | null {
    const wanted = this.comparable(name);
    for (const part of this.parts()) {
      if (this.isNamed(part, wanted)) {
        return this.valueOf(part);
      }
    }
    return null;
  }

  getAll(name: string): string[] {
    const wanted = this.comparable(name);
    const values: string[] = [];
    for (const part of this.parts()) {
      if (this.isNamed(part, wanted)) {
        values.push(this.valueOf(part));
      }
    }
    return values;
  }

  has(name: string, value?: string): boolean {
    return this.parts().some(this.matcher(name, value));
  }

  set(name: string, value: string): void {
    const matches = this.matcher(name, undefined);
    const written = this.partOf(name, value, "set()");
    const parts = this.parts();
    const first = parts.findIndex(matches);
    if (first < 0) {
      this.write(added(parts, written));
    } else {
      const others = parts.filter((part, index) => index <= first || !matches(part));
      others[first] = written;
      this.write(others);
    }
  }

  append(name: string, value: string): void {
    this.write(added(this.parts(), this.partOf(name, value, "append()")));
  }

  delete(name: string, value?: string): void {
    const matches = this.matcher(name, value);
    const parts = this.parts();
    const others = parts.filter((part) => !matches(part));
    if (others.length < parts.length) {
      this.write(others);
    }
  }

  *[Symbol.iterator](): Generator<[name: string, value: string], undefined> {
    for (const part of this.parts()) {
      if (!this.isEmpty(part)) {
        yield [this.nameOf(part), this.valueOf(part)];
      }
    }
  }

  private isNamed(part: string, wanted: string): boolean {
    return !this.isEmpty(part) && this.nameOf(part) === wanted;
  }

  private matcher(name: string, value: string | undefined): (part: string) => boolean {
    const wanted = this.comparable(name);
    const wantedValue = value === undefined ? undefined : this.comparable(value);
    return (part) => this.isNamed(part, wanted) && (wantedValue === undefined || this.valueOf(part) === wantedValue);
  }
}

/** A separator at the end is used. */
function added(parts: readonly string[], part: string): string[] {
  return [...(parts.at(-1) === "" ? parts.slice(0, -1) : parts), part];
}
