import { definePolicy, type Logger, type PolicyClock } from "sluice";

/** Puts each chunk into upper case, after a wait for the first one, and ">" behind them. */
async function* changed(chunks: AsyncIterable<Uint8Array>, clock: PolicyClock): AsyncGenerator<string> {
  let first = true;
  for await (const chunk of chunks) {
    if (first) {
      await clock.sleep(20);
    }
    first = false;
    yield new TextDecoder().decode(chunk).toUpperCase();
  }
  yield ">";
}

interface Stream {
  transform(transform: (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<string>): Promise<void>;
}

/** Waits with the head, then changes the body as it comes. */
async function change(
  message: string,
  open: () => Promise<Stream>,
  { clock, logger }: { clock: PolicyClock; logger: Logger },
) {
  await clock.sleep(20);
  const body = await open();
  logger.info(`${message} opened`);
  await body.transform((chunks) => changed(chunks, clock));
}

export default definePolicy({
  onRequest: (request, context) => change("request", () => request.intoBodyStreamState(), context),
  onResponse: (response, context) => change("response", () => response.intoBodyStreamState(), context),
});
