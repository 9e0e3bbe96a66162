/** The hostcalls of one policy of a chain on one exchange: heads and trailers are the host's, bodies those at its place in the chain. */
import { BufferType, type MapType, Status, StreamType } from "../../abi/constants.js";
import type { HeaderList, Hostcalls } from "../../abi/port.js";
import type { Response } from "../../policy/response.js";
import type { CarriedMessage } from "./carried-message.js";
import type { ExchangePlace } from "./chained-exchange.js";

/** The chain that the place is in. */
export interface PlaceOwner {
  readonly request: CarriedMessage | undefined;
  readonly response: CarriedMessage | undefined;
  /** Those of the host, acting on the exchange. */
  host(): Hostcalls;
  /** Runs `action` when the turn that runs, or else the promise job, is over. */
  afterTurn(action: () => void): void;
  answer(response: Response, details: string, body: Uint8Array | undefined): void;
  close(stream: StreamType): void;
}

export class Place implements ExchangePlace {
  private readonly chain: PlaceOwner;
  /** Of its policy, in the order of requests. */
  private readonly index: number;
  private requestResumption = false;
  private responseResumption = false;

  constructor(chain: PlaceOwner, index: number) {
    this.chain = chain;
    this.index = index;
  }

  getHeaderMapPairs(map: MapType): HeaderList {
    return this.chain.host().getHeaderMapPairs(map);
  }

  getHeaderMapValue(map: MapType, name: string): string | undefined {
    return this.chain.host().getHeaderMapValue(map, name);
  }

  replaceHeaderMapValue(map: MapType, name: string, value: string): Status {
    return this.chain.host().replaceHeaderMapValue(map, name, value);
  }

  addHeaderMapValue(map: MapType, name: string, value: string): Status {
    return this.chain.host().addHeaderMapValue(map, name, value);
  }

  removeHeaderMapValue(map: MapType, name: string): Status {
    return this.chain.host().removeHeaderMapValue(map, name);
  }

  getProperty(path: readonly string[]): Uint8Array | undefined {
    return this.chain.host().getProperty(path);
  }

  setProperty(path: readonly string[], value: Uint8Array): Status {
    return this.chain.host().setProperty(path, value);
  }

  getBufferBytes(buffer: BufferType, start: number, length: number): Uint8Array | undefined {
    const carried = this.carriedIn(buffer);
    return carried?.path.visibleBody(this.positionIn(carried))?.slice(start, length);
  }

  setBufferBytes(buffer: BufferType, start: number, length: number, bytes: Uint8Array): Status {
    const carried = this.carriedIn(buffer);
    if (carried === undefined) {
      return Status.BadArgument;
    }
    if (carried.path.stopped) {
      // The exchange was answered while the policy kept this: what it makes of it goes nowhere, which is no fault of the policy.
      return Status.Ok;
    }
    const position = this.positionIn(carried);
    const body = carried.path.visibleBody(position);
    if (body?.splice(start, length, bytes) !== true) {
      return Status.BadArgument;
    }
    carried.replaces(this.index);
    carried.path.onBodySet(position);
    return Status.Ok;
  }

  continueStream(stream: StreamType): Status {
    if (stream === StreamType.Request) {
      this.requestResumption = true;
    } else {
      this.responseResumption = true;
    }
    this.chain.afterTurn(() => {
      const carried = stream === StreamType.Request ? this.chain.request : this.chain.response;
      if (this.takeResumption(stream === StreamType.Response)) {
        carried?.path.resume(this.positionIn(carried));
      }
    });
    return Status.Ok;
  }

  /** Whether the policy has asked to go on and that is still to be done; whoever asks does it. */
  takeResumption(ofResponse: boolean): boolean {
    const wanted = ofResponse ? this.responseResumption : this.requestResumption;
    if (ofResponse) {
      this.responseResumption = false;
    } else {
      this.requestResumption = false;
    }
    return wanted;
  }

  closeStream(stream: StreamType): Status {
    this.chain.close(stream);
    return Status.Ok;
  }

  answer(response: Response, details: string, body: Uint8Array | undefined): void {
    this.chain.answer(response, details, body);
  }

  private carriedIn(buffer: BufferType): CarriedMessage | undefined {
    return buffer === BufferType.HttpRequestBody ? this.chain.request : this.chain.response;
  }

  private positionIn({ isResponse, path }: CarriedMessage): number {
    return isResponse ? path.policies - 1 - this.index : this.index;
  }
}
