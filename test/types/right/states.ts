/** What each state offers. */

import {
  byteStringToUtf8,
  definePolicy,
  type ErrorCode,
  Flow,
  type Headers,
  type ReadonlyHeaders,
  type RequestBodyState,
  Response,
  SluiceError,
  utf8ToByteString,
} from "sluice";
import { UpstreamError, upstream } from "sluice/upstream";
import { exactType } from "./exact-type.js";

export const requestHead = definePolicy({
  async onRequest(request) {
    const state = await request.intoHeadersState();
    exactType<Headers>()(state.headers);
    exactType<string>()(state.method);
    exactType<string>()(state.scheme);
    exactType<string>()(state.authority);
    exactType<string>()(state.path);
    exactType<boolean>()(state.containsBody);
    state.path = "/v2/items";
    state.method = "POST";
    state.headers.set("x-city", utf8ToByteString("Zürich"));
    state.headers.append("via", "1.1 sluice");
    state.headers.delete("x-debug");
    exactType<string | null>()(state.headers.get("accept"));
    exactType<string[]>()(state.headers.getAll("set-cookie"));
    for (const [name, value] of state.headers) {
      console.log(name, byteStringToUtf8(value));
    }
  },
});

export const requestBody = definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    const body = await request.intoBodyState();
    exactType<RequestBodyState>()(body);
    exactType<ReadonlyHeaders>()(body.headers);
    exactType<ReadonlyHeaders | undefined>()(body.trailers);
    exactType<unknown>()(body.json());
    exactType<{ id: number }>()(body.json<{ id: number }>());
    if (headers.has("x-old") && body.bytes().length > 0) {
      body.setBody(body.text().toUpperCase());
    }
  },
});

export const requestHeadAndBody = definePolicy({
  async onRequest(request) {
    const state = await (await request.intoHeadersState()).intoHeadersBodyState();
    exactType<Headers>()(state.headers);
    state.path = `/${state.text().length}`;
    state.setBody(new Uint8Array([1, 2, 3]));
  },
});

export const streams = definePolicy({
  async onRequest(request) {
    const body = await request.intoBodyStreamState();
    let size = 0;
    for await (const chunk of body.stream) {
      exactType<Uint8Array>()(chunk);
      size += chunk.length;
    }
    exactType<ReadonlyHeaders | undefined>()(body.trailers);
    return Flow.Continue(size);
  },
  async onResponse(response, { requestData }) {
    if (requestData.kind === "continue") {
      exactType<number>()(requestData.value);
    }
    const body = await response.intoBodyStreamState();
    await body.transform(async function* (chunks) {
      yield "<";
      for await (const chunk of chunks) {
        yield chunk;
      }
      yield ">";
    });
  },
});

export const responseHead = definePolicy({
  async onResponse(response) {
    const state = await response.intoHeadersState();
    exactType<number>()(state.status);
    state.status = 202;
    if (state.headers.getSetCookie().length > 3) {
      state.sendResponse(new Response(200).withHeaders([["some", "200"]]).withBody("Some"));
    }
  },
});

export const responseBody = definePolicy({
  async onResponse(response) {
    const state = await response.intoHeadersBodyState();
    state.headers.delete("etag");
    state.setBody(JSON.stringify({ status: state.status }));
  },
});

export const answers = [
  new Response(401),
  new Response(204).withHeaders({ allow: "GET" }),
  new Response(200).withHeaders(new Map([["a", "b"]])).withBody(new Uint8Array(3)),
  new Response("not here", {
    status: 404,
    headers: [
      ["a", "b"],
      ["a", "c"],
    ],
  }),
  new Response(null, { status: 204 }),
  new Response(),
  Response.json({ error: "token was not present" }, { status: 401 }),
];

export const calls = definePolicy({
  async onRequest(_request, context) {
    const { clock, logger, properties, signal } = context;
    try {
      const reply = await upstream(context, "auth").fetch("/check?x=1", {
        method: "PROPFIND",
        headers: [["x-request-id", properties.requestId ?? ""]],
        body: "…",
        timeout: 2000,
      });
      exactType<number>()(reply.status);
      exactType<boolean>()(reply.ok);
      exactType<string>()(reply.text());
      exactType<string | null>()(reply.headers.get("www-authenticate"));
      if (!reply.ok) {
        return Response.json({ error: reply.status }, { status: 403 });
      }
    } catch (error) {
      if (error instanceof UpstreamError) {
        logger.warn("no answer", { code: error.code, tls: properties.tls?.version });
      } else if (error instanceof SluiceError) {
        exactType<ErrorCode>()(error.code);
      }
      return new Response(503);
    }
    await clock.sleep(10);
    signal.addEventListener("abort", () => logger.info(String(signal.reason)), { once: true });
    return undefined;
  },
});
