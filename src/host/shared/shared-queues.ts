import { Status } from "../../abi/constants.js";
import { copyBytes } from "../../abi/copy-bytes.js";

/** Told when something was put into a queue, inside `enqueue`: a guest must be told later. */
export type QueueReader = (queue: number) => void;

interface Queue {
  readonly values: Uint8Array[];
  /** Who registered last; undefined when it is gone. */
  reader: QueueReader | undefined;
}

/** proxy-wasm's shared queues: by VM id and name. What is in a queue outlives whoever reads it. */
export class SharedQueues {
  readonly #ids = new Map<string, number>();
  readonly #queues = new Map<number, Queue>();

  /** Makes the queue or finds it, and has `reader` told from now on, instead of whoever was before. Returns its id. */
  register(vmId: string, name: string, reader: QueueReader): number {
    const key = queueKey(vmId, name);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#ids.size + 1;
      this.#ids.set(key, id);
      this.#queues.set(id, { values: [], reader });
    } else {
      (this.#queues.get(id) as Queue).reader = reader;
    }
    return id;
  }

  /** The queue's id; undefined where nobody has registered it. */
  resolve(vmId: string, name: string): number | undefined {
    return this.#ids.get(queueKey(vmId, name));
  }

  /** `NotFound` for an unknown queue. */
  enqueue(id: number, value: Uint8Array): Status {
    const queue = this.#queues.get(id);
    if (queue === undefined) {
      return Status.NotFound;
    }
    queue.values.push(copyBytes(value));
    queue.reader?.(id);
    return Status.Ok;
  }

  /** What has been in it for longest; undefined where it is empty or unknown. */
  dequeue(id: number): Uint8Array | undefined {
    return this.#queues.get(id)?.values.shift();
  }

  /** Has this reader told no more. */
  release(reader: QueueReader): void {
    for (const queue of this.#queues.values()) {
      if (queue.reader === reader) {
        queue.reader = undefined;
      }
    }
  }
}

function queueKey(vmId: string, name: string): string {
  return JSON.stringify([vmId, name]);
}
