import { type ClientRequest, request } from "node:http";

/** A POST whose body is still to be ended. */
export class OpenRequest {
  readonly #request: ClientRequest;
  readonly #answer: Promise<string>;

  constructor(url: string) {
    this.#request = request(url, { method: "POST", agent: false });
    this.#answer = new Promise((resolve, reject) => {
      this.#request.on("error", reject).on("response", (response) => {
        let text = "";
        response
          .setEncoding("utf8")
          .on("data", (chunk: string) => (text += chunk))
          .on("end", () => {
            resolve(text);
          })
          .on("error", reject);
      });
    });
    // Whoever awaits the answer sees this, too.
    this.#answer.catch(() => undefined);
    this.#request.write("begin");
  }

  /** Ends the body; the text of the answer. */
  end(): Promise<string> {
    this.#request.end("end");
    return this.#answer;
  }

  /** The text of the answer. */
  answer(): Promise<string> {
    return this.#answer;
  }
}
