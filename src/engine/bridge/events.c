/* What happens around the guest's functions when the host calls: who is told, and what becomes of a guest that fails. */

EXPORT(proxy_abi_version_0_2_1) void proxy_abi_version_0_2_1(void)
{
}

EXPORT(proxy_on_memory_allocate) void *proxy_on_memory_allocate(size_t size)
{
    return malloc(size);
}

static inline void enter_event(int32_t id, int32_t stream)
{
    bridge.running_context = id;
    bridge.running_stream = stream;
    quickjs_set_owner(stream == NO_STREAM ? 0 : id, NOBODY);
    bridge.effective_context = id;
    bridge.continue_requested = false;
    release_pairs();
}

/* An event of no stream; `failed`: the answer of a guest that throws. */
static int32_t deliver(int event, int32_t id, int count, JSValueConst *values, int32_t failed)
{
    enter_event(id, NO_STREAM);
    start_timer(event == EVENT_CONFIGURE ? LONG_NANOSECONDS : BY_USER);
    return call_guest(event, count, values, failed);
}

/* Tells the guest of a context. */
static void tell(int32_t id, int32_t parent)
{
    JSValueConst values[] = {JS_NewInt32(bridge.context, id), JS_NewInt32(bridge.context, parent)};
    deliver(EVENT_CONTEXT_CREATE, id, countof(values), values, 0);
}

/* Whether the guest is to hear of an event. It must hear of the contexts of policies, and of a stream's from its first event on. */
static bool is_wanted(int event, int32_t id)
{
    const ContextEntry *entry = find_context(id);
    if (entry == NULL || entry->kept)
        return true;
    if (event != EVENT_REQUEST_HEADERS)
        return false;
    /* With one policy there is nothing to tell: every stream is its. */
    if (bridge.root_count != 1)
        tell(entry->id, entry->root);
    return true;
}

/* 500 while the response's head is not out, a reset afterwards. */
static int32_t fail_closed(int event, int32_t id)
{
    proxy_set_effective_context(id);
    if (event == EVENT_RESPONSE_BODY || event == EVENT_RESPONSE_TRAILERS) {
        proxy_close_stream(RESPONSE);
        return event == EVENT_RESPONSE_BODY ? STOP_AND_WATERMARK : STOP_ITERATION;
    }
    proxy_send_local_response(500, NULL, 0, NULL, 0, NULL, 0, -1);
    return STOP_ITERATION;
}

static inline int32_t end_stream_event(int event, int32_t id, int32_t answer)
{
    bridge.running_stream = NO_STREAM;
    if (answer == FAILED)
        return fail_closed(event, id);
    return bridge.continue_requested ? CONTINUE : answer;
}

/* An event of a half of an exchange. */
static int32_t stream_event(int event, int32_t stream, int32_t id, int count, JSValueConst *values)
{
    enter_event(id, stream);
    start_timer(BY_USER);
    return end_stream_event(event, id, call_guest(event, count, values, FAILED));
}

EXPORT(proxy_on_context_create) void proxy_on_context_create(int32_t id, int32_t parent)
{
    if (parent != 0) {
        add_context(id, parent);
        return;
    }
    bridge.root_count++;
    tell(id, parent);
}

/* The first event of an exchange: most have no other that anybody wants. */
EXPORT(proxy_on_request_headers) int32_t proxy_on_request_headers(int32_t id, int32_t headers, int32_t end_of_stream)
{
    ContextEntry *entry = find_context(id);
    if (entry != NULL && !entry->kept) {
        enter_event(id, REQUEST);
        start_timer(BY_USER);
        PreparedRoot *root = prepared_context(entry->root);
        if (root != NULL) {
            int32_t root_id = root->id, answer = pass_request(root, entry, end_of_stream != 0);
            announce_counts(root_id);
            return end_stream_event(EVENT_REQUEST_HEADERS, id, answer);
        }
    }
    if (!is_wanted(EVENT_REQUEST_HEADERS, id))
        return CONTINUE;
    JSContext *ctx = bridge.context;
    JSValueConst values[] = {JS_NewInt32(ctx, id), JS_NewInt32(ctx, headers), JS_NewBool(ctx, end_of_stream != 0)};
    return stream_event(EVENT_REQUEST_HEADERS, REQUEST, id, countof(values), values);
}

/* For most policies that see responses the last event of an exchange. */
EXPORT(proxy_on_response_headers) int32_t proxy_on_response_headers(int32_t id, int32_t headers, int32_t end_of_stream)
{
    ContextEntry *entry = find_context(id);
    if (entry != NULL && entry->waiting != NULL) {
        enter_event(id, RESPONSE);
        start_timer(BY_USER);
        PreparedRoot *root = prepared_root(entry->root);
        if (prepare(root) == PREPARED)
            return end_stream_event(EVENT_RESPONSE_HEADERS, id, pass_response(root, entry, end_of_stream != 0));
        if (!hand_over(entry, false))
            return end_stream_event(EVENT_RESPONSE_HEADERS, id, FAILED);
    }
    if (!is_wanted(EVENT_RESPONSE_HEADERS, id))
        return CONTINUE;
    JSContext *ctx = bridge.context;
    JSValueConst values[] = {JS_NewInt32(ctx, id), JS_NewInt32(ctx, headers), JS_NewBool(ctx, end_of_stream != 0)};
    return stream_event(EVENT_RESPONSE_HEADERS, RESPONSE, id, countof(values), values);
}

/* The end of an exchange, whose headers can still be read: `onDone` of policies is told of it. */
EXPORT(proxy_on_log) void proxy_on_log(int32_t id)
{
    ContextEntry *entry = find_context(id);
    if (entry != NULL && !entry->kept) {
        enter_event(id, NO_STREAM);
        hand_over(entry, false);
    }
    if (!is_wanted(EVENT_LOG, id))
        return;
    JSValueConst values[] = {JS_NewInt32(bridge.context, id)};
    deliver(EVENT_LOG, id, countof(values), values, 0);
}

/* The end of a context: no event of it is delivered afterwards. */
EXPORT(proxy_on_done) int32_t proxy_on_done(int32_t id)
{
    ContextEntry *entry = find_context(id);
    bool is_known = entry == NULL || entry->kept;
    if (entry == NULL) {
        bridge.root_count--;
        forget_root(id);
    } else {
        forget_waiting(entry);
        remove_context(entry);
    }
    if (!is_known || !guest_has(EVENT_DONE))
        return 1;
    JSValueConst values[] = {JS_NewInt32(bridge.context, id)};
    return deliver(EVENT_DONE, id, countof(values), values, 1);
}
