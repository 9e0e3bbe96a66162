/*
 * Exchanges without the guest. Most messages of most policies are let go by a filter that only looks at the head or edits it: for
 * them the guest has prepared an exchange, which is used again and again, and hears nothing. See `src/guest/prepared-exchange.ts`.
 */

/* What `quickjs_end_prepared` says. */
enum { LET_GO = 1, ANSWERED = 2 };
/* The port's `FilterEnd`. */
enum { FILTER_THREW = 0, FILTER_RETURNED = 1, FILTER_LEFT_UNTOUCHED = 2 };
/* So often one after the other an exchange could not be used again: nothing is prepared for so many, since it does not pay. */
enum { MOST_IN_VAIN = 16, PAUSE = 1000 };

struct PreparedRoot {
    PreparedRoot *next;
    int32_t id;
    int in_vain;
    Prepared *prepared; /* NULL: to be prepared. */
    Answer *answer;     /* The last answer that never changes; NULL: none. */
};

static PreparedRoot *prepared_root(int32_t id)
{
    for (PreparedRoot *root = bridge.prepared_roots; root != NULL; root = root->next) {
        if (root->id == id)
            return root;
    }
    PreparedRoot *made = allocate(sizeof(*made));
    *made = (PreparedRoot){.next = bridge.prepared_roots, .id = id};
    bridge.prepared_roots = made;
    return made;
}

static Prepared *prepare_exchange(int32_t root_id)
{
    JSValueConst values[] = {JS_NewInt32(bridge.context, root_id)};
    JSValue description = call_guest_function(EVENT_PREPARE_EXCHANGE, countof(values), values);
    if (!JS_IsException(description))
        return quickjs_prepare(bridge.context, description);
    JS_FreeValue(bridge.context, JS_GetException(bridge.context));
    return NULL;
}

/* A context whose prepared exchange is now that of a request; NULL: the guest is to begin it. */
static inline PreparedRoot *begin_prepared(int32_t root_id, int32_t id, bool end_of_stream)
{
    if (!guest_has(EVENT_PREPARE_EXCHANGE))
        return NULL;
    PreparedRoot *root = prepared_root(root_id);
    if (root->prepared == NULL) {
        if (root->in_vain >= MOST_IN_VAIN && ++root->in_vain < MOST_IN_VAIN + PAUSE)
            return NULL;
        root->prepared = prepare_exchange(root_id);
    }
    if (root->prepared == NULL)
        return NULL;
    quickjs_begin_prepared(bridge.context, root->prepared, ON_REQUEST, id, end_of_stream, NULL);
    return root;
}

/* The response has come for which an exchange waits; NULL: memory is short. */
static PreparedRoot *resume_prepared(ContextEntry *exchange, bool end_of_stream)
{
    PreparedRoot *root = prepared_root(exchange->root);
    if (root->prepared == NULL)
        root->prepared = prepare_exchange(exchange->root);
    if (root->prepared == NULL)
        return NULL;
    quickjs_begin_prepared(bridge.context, root->prepared, ON_RESPONSE, exchange->id, end_of_stream, exchange->waiting);
    exchange->waiting = NULL;
    return root;
}

/* The guest need not hear of the exchange. */
static inline int32_t leave_prepared(PreparedRoot *root, JSValue result, int32_t answer)
{
    JS_FreeValue(bridge.context, result);
    root->in_vain = 0;
    run_jobs();
    keep_collecting();
    return answer;
}

/* The guest goes on where a filter has done more. */
static int32_t end_filter(PreparedRoot *root, JSValue result, int end)
{
    JSContext *ctx = bridge.context;
    bool threw = JS_IsException(result);
    JSValue value = threw ? JS_GetException(ctx) : result;
    bool is_constant = quickjs_is_constant(ctx, root->prepared, value);
    int kind = threw ? FILTER_THREW : end == ANSWERED ? FILTER_LEFT_UNTOUCHED : FILTER_RETURNED;
    JSValueConst values[] = {quickjs_prepared_exchange(root->prepared), JS_NewInt32(ctx, kind), value};
    bridge.keeps_answer = is_constant;
    int32_t answer = call_guest(EVENT_FILTER_ENDED, countof(values), values, FAILED);
    bridge.keeps_answer = false;
    Answer *kept = is_constant ? take_answer(value) : NULL;
    if (kept == NULL) {
        JS_FreeValue(ctx, value);
    } else {
        if (root->answer != NULL)
            forget_answer(root->answer);
        root->answer = kept;
    }
    return answer;
}

static int32_t cut_short(void)
{
    bridge.stopped = false;
    recover(true);
    run_jobs();
    return bridge.stopped ? STOP_ITERATION : FAILED;
}

/* The filter has done more than to let the message go, or than to answer as the last time. */
static int32_t go_on_prepared(PreparedRoot *root, int filter, const ContextEntry *exchange, JSValue result, int end)
{
    bool is_cut = JS_IsException(result) && bridge.cut_off;
    int32_t answer = is_cut ? cut_short() : end_filter(root, result, end);
    bool over = answer != FAILED && !exchange->kept;
    if (over && quickjs_is_as_prepared(bridge.context, root->prepared, filter)) {
        root->in_vain = 0;
    } else {
        root->in_vain = (root->in_vain > MOST_IN_VAIN ? MOST_IN_VAIN - 1 : root->in_vain) + 1;
        quickjs_unprepare(bridge.context, root->prepared, over);
        root->prepared = NULL;
    }
    return answer;
}

/* The event of the exchange for which `root` was begun. Its answer, or `FAILED`. */
static int32_t run_prepared(PreparedRoot *root, int filter, ContextEntry *exchange)
{
    JSContext *ctx = bridge.context;
    bool sees_responses = quickjs_sees_responses(root->prepared);
    JSValue result = quickjs_run_prepared(ctx, root->prepared, filter);
    int end = quickjs_end_prepared(ctx, root->prepared, filter, result);
    if (end == LET_GO) {
        if (filter == ON_REQUEST && sees_responses)
            exchange->waiting = quickjs_wait_prepared(ctx, root->prepared, result);
        return leave_prepared(root, result, CONTINUE);
    }
    if (end == ANSWERED && root->answer != NULL && !sees_responses && is_answer_of(root->answer, result)) {
        send_again(root->answer);
        return leave_prepared(root, result, STOP_ITERATION);
    }
    return go_on_prepared(root, filter, exchange, result, end);
}

/* The context is over. */
static void forget_root(int32_t id)
{
    for (PreparedRoot **place = &bridge.prepared_roots; *place != NULL; place = &(*place)->next) {
        PreparedRoot *root = *place;
        if (root->id != id)
            continue;
        *place = root->next;
        if (root->prepared != NULL)
            quickjs_unprepare(bridge.context, root->prepared, true);
        if (root->answer != NULL)
            forget_answer(root->answer);
        free(root);
        return;
    }
}
