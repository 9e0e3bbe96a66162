/** Leaves its name in both heads, and tells in the response what it has handed on of the request. */
import { definePolicy, Flow } from "sluice";
import * as v from "valibot";

export default definePolicy({
  config: v.object({ name: v.string() }),

  onRequest(request, { config }) {
    const { headers } = request;
    headers.append("x-trail", config.name);
    return Flow.Continue({ name: config.name, text: headers.get("x-text") });
  },

  onResponse(response, { config, logger, requestData }) {
    response.headers.append("x-trail", config.name);
    logger.info(
      requestData.kind === "continue" ? `${requestData.value.name} ${requestData.value.text ?? ""}` : requestData.kind,
    );
  },
});
