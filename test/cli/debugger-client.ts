/** A debugger: speaks the DevTools protocol with a Node process that runs under --inspect. */
import { WebSocket } from "undici";

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

export class DebuggerClient {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, (message: Message) => void>();
  readonly #events: Message[] = [];
  #waiting: (() => void)[] = [];
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.id !== undefined) {
        this.#pending.get(message.id)?.(message);
        this.#pending.delete(message.id);
        return;
      }
      this.#events.push(message);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const wake of waiting) {
        wake();
      }
    });
  }

  static connect(url: string): Promise<DebuggerClient> {
    const socket = new WebSocket(url);
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve(new DebuggerClient(socket)));
      socket.addEventListener("error", () => reject(new Error(`no debugger at ${url}`)));
    });
  }

  async send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const answered = new Promise<Message>((resolve) => this.#pending.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answered;
    if (error !== undefined) {
      throw new Error(`${method}: ${error.message}`);
    }
    return result;
  }

  /** The events of a kind that have come so far. */
  events<T>(method: string): T[] {
    return this.#events.filter((event) => event.method === method).map(({ params }) => params as T);
  }

  /** The first event of a kind, come or to come, or the one after `earlier` others. */
  async event<T>(method: string, earlier = 0): Promise<T> {
    for (;;) {
      const event = this.events<T>(method)[earlier];
      if (event !== undefined) {
        return event;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
