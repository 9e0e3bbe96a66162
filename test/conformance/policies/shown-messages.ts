import { definePolicy, type RequestState, type ResponseState } from "sluice";

/** What JSON shows of a message, without the headers that engines add, and whether anything of it is a secret. */
function shown(message: object): string {
  const text = JSON.stringify(message);
  const { headers, ...first } = JSON.parse(text) as { headers: string[] };
  const named = headers.filter((name) => /^(?:authorization|x-in|x-up)$/.test(name)).sort();
  return `${JSON.stringify(first)} ${named.join()} ${text.includes("secret") ? "with secrets" : "without secrets"}`;
}

/** Tells what is seen of requests and responses by those who print them. */
export default definePolicy({
  async onRequest(request: RequestState, { logger }) {
    console.log("printed", request);
    logger.info(`request: ${shown(request)}`);
    logger.info(`request with its body: ${shown(await request.intoHeadersBodyState())}`);
  },

  async onResponse(response: ResponseState, { logger, request }) {
    logger.info(`sent request: ${shown(request)}`);
    logger.info(`response: ${shown(response)}`);
    logger.info(`response's body: ${shown(await response.intoBodyState())}`);
  },

  onDone(_exchange, { logger, request }) {
    logger.info(`done: ${shown(request)}`);
  },
});
