/* Calls into the guest. Nothing thrown there may reach the host: a module that traps is lost with all its exchanges. */

#define LOG_ERROR 4

static void write_log(JSValueConst value)
{
    size_t length;
    const char *text = JS_ToCStringLen(bridge.context, &length, value);
    if (text == NULL) {
        JS_FreeValue(bridge.context, JS_GetException(bridge.context));
        return;
    }
    proxy_log(LOG_ERROR, (const uint8_t *)text, length);
    JS_FreeCString(bridge.context, text);
}

/* The pending exception as a text: by the prelude, as itself where that fails too. */
static JSValue describe_exception(uint64_t limit)
{
    JSValue error = JS_GetException(bridge.context);
    if (!JS_IsObject(bridge.describe_error))
        return error;
    start_timer(limit);
    JSValue line = JS_Call(bridge.context, bridge.describe_error, JS_UNDEFINED, 1, &error);
    if (JS_IsException(line)) {
        JS_FreeValue(bridge.context, JS_GetException(bridge.context));
        return error;
    }
    JS_FreeValue(bridge.context, error);
    return line;
}

/* Writes the pending exception to the log. What is thrown after it is told apart from code of it that was cut off meanwhile. */
static void report_exception(void)
{
    JSValue line = describe_exception(bridge.event_nanoseconds);
    start_timer(bridge.event_nanoseconds);
    write_log(line);
    JS_FreeValue(bridge.context, line);
}

/*
 * Something was thrown out of the guest; or its code was cut off, and then the guest itself fails the exchange whose code it was.
 * Where that is the event's own, the event's answer must not let it go on. `of_event`: the event's own call came to no end.
 */
static void recover(bool of_event)
{
    if (!bridge.cut_off) {
        report_exception();
        return;
    }
    int culprit = quickjs_owner(), user = quickjs_user();
    uint64_t limit = bridge.event_nanoseconds;
    /* A loop would else go on in the next job, and be cut off for ever where the clock is looked at in step with it. */
    quickjs_drop_jobs(bridge.runtime, culprit, user);
    /* No code of the policy runs in what follows; cut off half-way it would leave the exchange without its answer. */
    JSValue line = describe_exception(CUT_OFF_NANOSECONDS);
    start_timer(CUT_OFF_NANOSECONDS);
    JSValueConst values[] = {JS_NewInt32(bridge.context, culprit), line, JS_NewBool(bridge.context, of_event),
                             JS_NewInt32(bridge.context, user)};
    JSValue result = call_guest_function(EVENT_CUT_OFF, countof(values), values);
    start_timer(limit);
    JS_FreeValue(bridge.context, line);
    if (JS_IsException(result))
        report_exception();
    else if (culprit == bridge.running_context || JS_ToBool(bridge.context, result) > 0)
        bridge.stopped = true;
}

static void run_pending_jobs(void)
{
    int owner = quickjs_owner(), user = quickjs_user();
    JSContext *context;
    int outcome;
    while ((outcome = JS_ExecutePendingJob(bridge.runtime, &context)) != 0) {
        if (outcome < 0)
            recover(false);
    }
    quickjs_set_owner(owner, user);
    if (!bridge.rejections_tracked)
        return;
    bridge.rejections_tracked = false;
    start_timer(bridge.event_nanoseconds);
    JSValue result = JS_Call(bridge.context, bridge.report_rejections, JS_UNDEFINED, 0, NULL);
    if (JS_IsException(result))
        report_exception();
}

/* Promise reactions and microtasks, until none is left. Most events leave none. */
static inline void run_jobs(void)
{
    if (JS_IsJobPending(bridge.runtime) || bridge.rejections_tracked)
        run_pending_jobs();
}

/* QuickJS tells of a promise that is rejected while nobody handles it, and again when somebody does later. */
static void on_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool handled, void *opaque)
{
    bridge.rejections_tracked = true;
    JSValueConst values[] = {promise, reason, JS_NewBool(ctx, handled)};
    bridge.takes_note = true;
    JSValue result = JS_Call(ctx, bridge.track_rejection, JS_UNDEFINED, countof(values), values);
    bridge.takes_note = false;
    if (JS_IsException(result))
        JS_FreeValue(ctx, JS_GetException(ctx));
}

static bool guest_has(int event)
{
    return !JS_IsUndefined(bridge.guest_functions[event]);
}

static JSValue call_guest_function(int event, int count, JSValueConst *values)
{
    return JS_Call(bridge.context, bridge.guest_functions[event], bridge.guest, count, values);
}

/* The result as an integer; `failed` when the guest threw or was cut off. */
static int32_t call_guest(int event, int count, JSValueConst *values, int32_t failed)
{
    JSValue result = call_guest_function(event, count, values);
    int32_t answer = failed;
    bridge.stopped = false;
    if (JS_IsException(result)) {
        recover(true);
    } else if (JS_VALUE_GET_TAG(result) == JS_TAG_INT || JS_VALUE_GET_TAG(result) == JS_TAG_BOOL) {
        answer = JS_VALUE_GET_INT(result);
    } else if (!JS_IsUndefined(result)) {
        JS_ToInt32(bridge.context, &answer, result);
        JS_FreeValue(bridge.context, result);
    }
    run_jobs();
    keep_collecting();
    return bridge.stopped ? STOP_ITERATION : answer;
}
