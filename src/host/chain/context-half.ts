import type { HeaderList } from "../../abi/port.js";
import type { BodyBuffer } from "../../chain/body-buffer.js";
import type { MessagePath } from "../../chain/message-path.js";

/** One direction of a policy on an exchange: its place on the message's path, and what of the message it may read and change there. */
export class ContextHalf {
  /** The guest has asked to go on outside an event of this direction, and that is still to be done. */
  #resumption = false;

  constructor(
    readonly path: MessagePath,
    /** On the path; of a response not known before it begins. */
    public position: number,
  ) {}

  /** `ended`: the exchange is over, and all that came can be read. */
  readableHead(ended: boolean): HeaderList | undefined {
    return ended || this.path.isHeadVisible(this.position) ? this.path.headers : undefined;
  }

  readableTrailers(ended: boolean): HeaderList | undefined {
    return ended || this.path.areTrailersVisible(this.position) ? this.path.trailers : undefined;
  }

  get editableHead(): HeaderList | undefined {
    return this.path.isHeadEditable(this.position) ? this.path.headers : undefined;
  }

  get editableTrailers(): HeaderList | undefined {
    return this.path.areTrailersEditable(this.position) ? this.path.trailers : undefined;
  }

  get body(): BodyBuffer | undefined {
    return this.path.visibleBody(this.position);
  }

  onBodySet(): void {
    this.path.onBodySet(this.position);
  }

  /** The guest asks to go on outside an event of this direction. */
  askToResume(): void {
    this.#resumption = true;
  }

  /** Whether that is still to be done; whoever asks does it. */
  takeResumption(): boolean {
    const wanted = this.#resumption;
    this.#resumption = false;
    return wanted;
  }

  resume(): void {
    this.path.resume(this.position);
  }
}
