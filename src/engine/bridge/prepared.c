/*
 * Exchanges without the guest. Most messages of most policies are let go by a filter that only looks at the head or edits it: for
 * them the guest has prepared an exchange, which is used again and again, and hears nothing. See `src/guest/prepared-exchange.ts`.
 *
 * Where a context has several policies, they run one after the other, with the same objects; from the first one that does more than to
 * let the message go the guest goes on, with what those before it have decided.
 */

/* What `quickjs_end_prepared` says. */
enum { LET_GO = 1, ANSWERED = 2 };
/* So often one after the other an exchange could not be used again: nothing is prepared for so many, since it does not pay. */
enum { MOST_IN_VAIN = 16, PAUSE = 1000 };

/* Whether a context has a prepared exchange: not, or not yet, or it has. */
typedef enum { NOT_PREPARED, NOT_READY, PREPARED } Preparation;

struct PreparedRoot {
    PreparedRoot *next;
    int32_t id;
    int in_vain;
    Prepared *prepared; /* NULL: to be prepared. */
    int64_t count;      /* of its policies, 0 until an exchange was prepared */
    PreparedUse *uses;
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

static void forget_uses(PreparedRoot *root)
{
    for (int64_t place = 0; place < root->count; place++)
        release_text(bridge.context, &root->uses[place].details);
    free(root->uses);
}

/* What was counted stays. false: memory is short. */
static bool prepare_uses(PreparedRoot *root, JSValue uses)
{
    int64_t count;
    JS_GetLength(bridge.context, uses, &count);
    if (count != root->count) {
        forget_uses(root);
        root->uses = allocate(count * sizeof(*root->uses));
        memset(root->uses, 0, count * sizeof(*root->uses));
        root->count = count;
    }
    for (int64_t place = 0; place < count; place++) {
        if (prepare_use(bridge.context, prepared_item(bridge.context, uses, place), &root->uses[place]))
            return false;
    }
    return true;
}

/* Prepares an exchange, if that is to be done. */
static Preparation prepare(PreparedRoot *root)
{
    if (root->prepared != NULL)
        return PREPARED;
    JSContext *ctx = bridge.context;
    JSValueConst value = JS_NewInt32(ctx, root->id);
    JSValue description = call_guest_function(EVENT_PREPARE_EXCHANGE, 1, &value);
    if (JS_IsException(description))
        JS_FreeValue(ctx, JS_GetException(ctx));
    if (!JS_IsObject(description))
        return JS_IsNull(description) ? NOT_READY : NOT_PREPARED;
    if (!prepare_uses(root, prepared_part(ctx, description, "uses"))) {
        JS_FreeValue(ctx, description);
        return NOT_PREPARED;
    }
    root->prepared = quickjs_prepare(ctx, description);
    return root->prepared == NULL ? NOT_PREPARED : PREPARED;
}

static void note_in_vain(PreparedRoot *root)
{
    root->in_vain = (root->in_vain > MOST_IN_VAIN ? MOST_IN_VAIN - 1 : root->in_vain) + 1;
}

/* Prepares an exchange, unless that was done in vain too often. */
static bool prepare_again(PreparedRoot *root)
{
    if (root->in_vain >= MOST_IN_VAIN && ++root->in_vain < MOST_IN_VAIN + PAUSE)
        return false;
    Preparation preparation = prepare(root);
    /* Soon it will be: nothing was done in vain. */
    if (preparation == NOT_PREPARED)
        note_in_vain(root);
    return preparation == PREPARED;
}

/* A context whose exchanges are prepared; NULL: the guest is to begin this one. */
static inline PreparedRoot *prepared_context(int32_t root_id)
{
    if (bridge.asks_guest || !guest_has(EVENT_PREPARE_EXCHANGE))
        return NULL;
    PreparedRoot *root = prepared_root(root_id);
    return root->prepared != NULL || prepare_again(root) ? root : NULL;
}

/* The guest need not hear of the exchange. */
static inline int32_t leave_prepared(PreparedRoot *root, int32_t answer)
{
    root->in_vain = 0;
    run_jobs();
    keep_collecting();
    return answer;
}

static inline JSValue time_value(const uint64_t *times, int which)
{
    return times[which] == 0 ? JS_UNDEFINED : JS_NewNumber(bridge.context, (double)times[which]);
}

/* The guest goes on where a filter has done more. */
static int32_t end_filter(const Prepared *prepared, JSValue result, const uint64_t *times)
{
    JSContext *ctx = bridge.context;
    bool threw = JS_IsException(result);
    JSValue value = threw ? JS_GetException(ctx) : result;
    JSValueConst values[] = {
        quickjs_prepared_exchange(prepared), JS_NewBool(ctx, threw), value,
        time_value(times, STARTED), time_value(times, REQUEST_ENDED), time_value(times, RESPONSE_STARTED),
    };
    int32_t answer = call_guest(EVENT_FILTER_ENDED, countof(values), values, FAILED);
    JS_FreeValue(ctx, value);
    return answer;
}

static int32_t cut_short(void)
{
    bridge.stopped = false;
    recover(true);
    run_jobs();
    return bridge.stopped ? STOP_ITERATION : FAILED;
}

/* Tells the guest of one policy that waits, or that the response has passed. false: memory is short. */
static bool tell_waiting(const ContextEntry *exchange, const PreparedWait *wait)
{
    JSContext *ctx = bridge.context;
    JSValue kept[PREPARED_KEPT];
    for (int index = 0; index < PREPARED_KEPT; index++)
        kept[index] = quickjs_wait_kept(ctx, wait, index);
    const uint64_t *times = wait->times;
    JSValueConst values[] = {
        JS_NewInt32(ctx, exchange->root), JS_NewInt32(ctx, exchange->id), JS_NewInt32(ctx, wait->place), wait->data, kept[0], kept[1],
        JS_NewBool(ctx, wait->answered), JS_NewBool(ctx, wait->passed),
        time_value(times, STARTED), time_value(times, REQUEST_ENDED), time_value(times, RESPONSE_STARTED), time_value(times, RESPONSE_ENDED),
    };
    bool failed = JS_IsException(kept[0]) || JS_IsException(kept[1]);
    JSValue told = failed ? JS_EXCEPTION : call_guest_function(EVENT_WAITING, countof(values), values);
    for (int index = 0; index < PREPARED_KEPT; index++)
        JS_FreeValue(ctx, kept[index]);
    if (!JS_IsException(told))
        return true;
    JS_FreeValue(ctx, JS_GetException(ctx));
    return false;
}

static PreparedWait *take_wait(PreparedWait **list)
{
    PreparedWait *wait = *list;
    *list = wait->next;
    return wait;
}

/* Takes all of a list and tells the guest of them. false: memory is short. */
static bool tell_all(const ContextEntry *exchange, PreparedWait **list)
{
    bool done = true;
    while (*list != NULL) {
        PreparedWait *wait = take_wait(list);
        done = done && tell_waiting(exchange, wait);
        quickjs_forget_wait(bridge.context, wait);
    }
    return done;
}

/*
 * From now on the exchange is the guest's: it is told what those policies wait with that have let the request go on and have not seen the
 * response, and of those that the response has passed and that it has to know. Such code has an end: it runs also where the filter was
 * ended by force, and whatever that has thrown stays pending.
 */
static bool hand_over(ContextEntry *exchange, bool threw)
{
    JSContext *ctx = bridge.context;
    bool cut_off = bridge.cut_off;
    if (exchange->waiting == NULL && exchange->passed == NULL)
        return true;
    JSValue thrown = threw ? JS_GetException(ctx) : JS_UNDEFINED;
    start_timer(CUT_OFF_NANOSECONDS);
    bool done = tell_all(exchange, &exchange->waiting);
    done = tell_all(exchange, &exchange->passed) && done;
    start_timer(BY_USER);
    bridge.cut_off = cut_off;
    if (threw)
        JS_Throw(ctx, thrown);
    return done;
}

/* Nobody goes on: the message must not. */
static int32_t drop_result(JSValue result)
{
    JS_FreeValue(bridge.context, JS_IsException(result) ? JS_GetException(bridge.context) : result);
    return FAILED;
}

/* The filter has done more than to let the message go, or than to answer. */
static int32_t go_on_prepared(
    PreparedRoot *root, int filter, ContextEntry *exchange, JSValue result, const uint64_t *times)
{
    Prepared *prepared = root->prepared;
    bool threw = JS_IsException(result);
    quickjs_keep_prepared(bridge.context, prepared, filter);
    int32_t answer = !hand_over(exchange, threw) ? drop_result(result)
        : threw && bridge.cut_off ? cut_short()
        : end_filter(prepared, result, times);
    bool over = answer != FAILED && !exchange->kept;
    if (over && quickjs_is_as_prepared(bridge.context, prepared, filter)) {
        root->in_vain = 0;
    } else {
        note_in_vain(root);
        quickjs_unprepare(bridge.context, prepared, over);
        root->prepared = NULL;
    }
    return answer;
}

/*
 * Reads an answer that the host may be given without the guest. Of one without a body that others see the guest may have to give the host
 * another (see `src/guest/chain/chained-exchange.ts`).
 */
static bool answers_alone(
    const Prepared *prepared, const PreparedUse *use, const ContextEntry *exchange, JSValueConst result, Answer *answer)
{
    if (!read_answer(bridge.context, &prepared->answers, result, answer))
        return false;
    if (answer->body.length > 0 || (exchange->waiting == NULL && !quickjs_waits(use)))
        return true;
    release_answer(bridge.context, answer);
    return false;
}

/* A request comes to the policies of its context, one after the other. The event's answer, or `FAILED`. */
static int32_t pass_request(PreparedRoot *root, ContextEntry *exchange, bool end_of_stream)
{
    JSContext *ctx = bridge.context;
    Prepared *prepared = root->prepared;
    for (int place = 0; place < root->count; place++) {
        PreparedUse *use = &root->uses[place];
        uint64_t times[PREPARED_TIMES] = {0};
        /* Each policy has as long as it would have as a filter of its own. */
        start_timer(BY_USER);
        quickjs_note_time(use, times, STARTED);
        count_one(&use->counts, EXCHANGES);
        uint64_t timed = begin_timed();
        quickjs_begin_prepared(ctx, prepared, use, ON_REQUEST, place, exchange->id, end_of_stream);
        JSValue result = quickjs_run_prepared(ctx, prepared, use, ON_REQUEST);
        int end = quickjs_end_prepared(ctx, prepared, ON_REQUEST, result);
        end_timed(&use->counts, timed);
        Answer answer;
        bool answers = end == ANSWERED && answers_alone(prepared, use, exchange, result, &answer);
        if (end != LET_GO && !answers)
            return go_on_prepared(root, ON_REQUEST, exchange, result, times);
        /* Of one that has answered those before it may have to know. */
        if (quickjs_waits(use) || (answers && exchange->waiting != NULL)) {
            exchange->waiting = quickjs_wait_prepared(prepared, use, place, times, exchange->waiting);
            exchange->waiting->answered = answers;
            if (!answers)
                exchange->waiting->data = js_dup(*prepared_data(ctx, prepared, result));
        }
        if (answers) {
            send_answer(&use->details, &answer);
            release_answer(ctx, &answer);
        }
        JS_FreeValue(ctx, result);
        if (answers) {
            count_one(&use->counts, BREAKS);
            return leave_prepared(root, STOP_ITERATION);
        }
    }
    return leave_prepared(root, CONTINUE);
}

/* The response comes to those that wait for it, last to first. */
static int32_t pass_response(PreparedRoot *root, ContextEntry *exchange, bool end_of_stream)
{
    JSContext *ctx = bridge.context;
    Prepared *prepared = root->prepared;
    while (exchange->waiting != NULL) {
        PreparedWait *wait = take_wait(&exchange->waiting);
        PreparedUse *use = &root->uses[wait->place];
        int filter = wait->answered ? ON_ANSWER : ON_RESPONSE;
        start_timer(BY_USER);
        quickjs_note_time(use, wait->times, RESPONSE_STARTED);
        if (quickjs_sees_responses(use)) {
            uint64_t timed = begin_timed();
            quickjs_begin_prepared(ctx, prepared, use, filter, wait->place, exchange->id, end_of_stream);
            quickjs_resume_prepared(ctx, prepared, wait);
            JSValue result = quickjs_run_prepared(ctx, prepared, use, filter);
            int end = quickjs_end_prepared(ctx, prepared, filter, result);
            end_timed(&use->counts, timed);
            /* Where it asked for the others they are the guest's. */
            if (end != LET_GO || exchange->kept) {
                int32_t answer = go_on_prepared(root, filter, exchange, result, wait->times);
                quickjs_forget_wait(ctx, wait);
                return answer;
            }
            JS_FreeValue(ctx, result);
            quickjs_note_time(use, wait->times, RESPONSE_ENDED);
        }
        if (!wait->answered && !use->has_done) {
            quickjs_forget_wait(ctx, wait);
            continue;
        }
        wait->passed = true;
        wait->next = exchange->passed;
        exchange->passed = wait;
    }
    return leave_prepared(root, CONTINUE);
}

static void forget_waits(PreparedWait **list)
{
    while (*list != NULL)
        quickjs_forget_wait(bridge.context, take_wait(list));
}

/* The exchange is over. */
static inline void forget_waiting(ContextEntry *exchange)
{
    forget_waits(&exchange->waiting);
    forget_waits(&exchange->passed);
}

/* The host gets what was counted of all exchanges. */
static void flush_counts(void)
{
    for (PreparedRoot *root = bridge.prepared_roots; root != NULL; root = root->next) {
        for (int64_t place = 0; place < root->count; place++)
            flush_use(&root->uses[place].counts);
    }
    bridge.counted = false;
    bridge.counts_announced = false;
}

/* The context is over. */
static void forget_root(int32_t id)
{
    /* The timer of whoever was to say when goes with its context. */
    flush_counts();
    for (PreparedRoot **link = &bridge.prepared_roots; *link != NULL; link = &(*link)->next) {
        PreparedRoot *root = *link;
        if (root->id != id)
            continue;
        *link = root->next;
        if (root->prepared != NULL)
            quickjs_unprepare(bridge.context, root->prepared, true);
        forget_uses(root);
        free(root);
        return;
    }
}
