/*
 * Answers that never change, as the host takes them: policies keep such (see `src/compiler/kept-answers.ts`), and the last of them is
 * sent again without the guest.
 */

struct Answer {
    JSValue flow; /* What the filter returns. */
    int32_t status;
    int32_t grpc_status;
    size_t details_length;
    size_t body_length;
    size_t headers_length;
    uint8_t bytes[]; /* Of the details, the body and the headers. */
};

static void keep_answer(int32_t status, int32_t grpc_status, const Text *texts)
{
    size_t details = texts[0].length, body = texts[1].length, headers = texts[2].length;
    Answer *answer = malloc(sizeof(*answer) + details + body + headers);
    if (answer == NULL)
        return;
    *answer = (Answer){
        .flow = JS_UNDEFINED,
        .status = status,
        .grpc_status = grpc_status,
        .details_length = details,
        .body_length = body,
        .headers_length = headers,
    };
    memcpy(answer->bytes, texts[0].bytes, details);
    memcpy(answer->bytes + details, texts[1].bytes, body);
    memcpy(answer->bytes + details + body, texts[2].bytes, headers);
    free(bridge.kept_answer);
    bridge.kept_answer = answer;
}

/* The bridge sees what is sent, in case it is to be sent again. */
static JSValue hostcall_send_local_response(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[3] = {0};
    if (!read_utf8(ctx, values[1], &texts[0]) || !read_bytes(ctx, values[2], &texts[1]) || !serialise_headers(ctx, values[3], &texts[2]))
        return refuse(ctx, texts, countof(texts));
    int32_t http_status = i32_argument(ctx, values[0]);
    int32_t grpc_status = i32_argument(ctx, values[4]);
    int32_t status = proxy_send_local_response(
        http_status, texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length, texts[2].bytes, texts[2].length, grpc_status);
    if (bridge.keeps_answer)
        keep_answer(http_status, grpc_status, texts);
    release_arguments(ctx, texts, countof(texts));
    return JS_NewInt32(ctx, status);
}

static void send_again(const Answer *answer)
{
    const uint8_t *body = answer->bytes + answer->details_length;
    const uint8_t *headers = body + answer->body_length;
    proxy_send_local_response(
        answer->status, answer->bytes, answer->details_length, body, answer->body_length, headers, answer->headers_length,
        answer->grpc_status);
}

/*
 * Whether others may see it on its way without the guest. Of one without a body the guest may give the host another (see
 * `src/guest/chain/chained-exchange.ts`).
 */
static inline bool may_be_seen(const Answer *answer)
{
    return answer->body_length > 1;
}

/* Whether it is the answer of that flow. */
static inline bool is_answer_of(const Answer *answer, JSValueConst flow)
{
    return JS_IsObject(flow) && JS_VALUE_GET_PTR(answer->flow) == JS_VALUE_GET_PTR(flow);
}

/* Takes over the flow for which an answer was sent; NULL: none was. */
static Answer *take_answer(JSValue flow)
{
    Answer *answer = bridge.kept_answer;
    bridge.kept_answer = NULL;
    if (answer != NULL)
        answer->flow = flow;
    return answer;
}

static void forget_answer(Answer *answer)
{
    JS_FreeValue(bridge.context, answer->flow);
    free(answer);
}
