/* Limits on what the guest's code may use: time without a pause, and memory. */

/* The default of `limits.callbackMilliseconds`. */
#define DEFAULT_CALLBACK_MILLISECONDS 100
/* The default of `limits.memoryBytes`. */
#define DEFAULT_MEMORY_BYTES ((size_t)64 << 20)

/* Bodies of that size in garbage do no harm. */
#define LEAST_ADOPTED_BYTES ((size_t)4 << 20)

/*
 * For each round of a loop so many nanoseconds of the limit: no machine is so slow. Code that has done less than what the limit comes
 * to has not taken the time, however late the clock says that it is; the machine ran something else.
 */
#define NANOSECONDS_A_ROUND 1000
/* So much more must be done altogether before somebody is ended who has not done most of it. */
#define ALL 10

static void set_limits(int32_t milliseconds, size_t bytes)
{
    bridge.nanoseconds[NOBODY] = (uint64_t)milliseconds * 1000000;
    JS_SetMemoryLimit(bridge.runtime, bytes);
    bridge.largest_threshold = bytes - bytes / 8;
}

/* The clock is read when the code has run for a while only: most events are over before QuickJS asks for the first time. */
static inline void start_timer(uint64_t nanoseconds)
{
    bridge.event_nanoseconds = nanoseconds;
    bridge.began = 0;
    bridge.cut_off = false;
}

static inline uint64_t running_nanoseconds(void)
{
    uint64_t own = bridge.event_nanoseconds != BY_USER ? bridge.event_nanoseconds : bridge.nanoseconds[quickjs_user()];
    return own != 0 ? own : bridge.nanoseconds[NOBODY];
}

/* What lives of the heap leaves little room, without any garbage: the guest chooses who is to go without. `ran_out`: there was too little. */
static void tell_of_memory(bool ran_out)
{
    if (JS_IsUndefined(bridge.guest_functions[EVENT_MEMORY_SHORT]))
        return;
    uint64_t limit = bridge.event_nanoseconds;
    start_timer(CUT_OFF_NANOSECONDS);
    quickjs_begin_reserve(bridge.runtime);
    JSValueConst value = JS_NewBool(bridge.context, ran_out);
    JSValue result = call_guest_function(EVENT_MEMORY_SHORT, 1, &value);
    if (JS_IsException(result))
        JS_FreeValue(bridge.context, JS_GetException(bridge.context));
    quickjs_end_reserve(bridge.runtime);
    start_timer(limit);
}

/* Garbage was looked for since the last time. Where much is left that is no garbage, the next search comes when half the room is gone. */
static void after_collection(bool ran_out)
{
    JSRuntime *rt = bridge.runtime;
    if (quickjs_heap_bytes(rt) > bridge.largest_threshold) {
        JS_RunGC(rt);
        if (quickjs_heap_bytes(rt) > bridge.largest_threshold)
            tell_of_memory(ran_out);
    }
    size_t bytes = quickjs_heap_bytes(rt), limit = quickjs_heap_limit(rt);
    if (JS_GetGCThreshold(rt) > bridge.largest_threshold)
        JS_SetGCThreshold(rt, bytes < bridge.largest_threshold ? bridge.largest_threshold : bytes / 2 + (bytes < limit ? limit : bytes * 2) / 2);
    bridge.seen_threshold = JS_GetGCThreshold(rt);
}

/*
 * QuickJS looks for garbage in cycles when the heap has grown by half since it did so last, which may be above the limit: then
 * never, and code that once used up its memory would leave none to all that comes after it. It knows nothing of the bodies that
 * garbage holds, either.
 */
static inline void keep_collecting(void)
{
    bool ran_out = quickjs_end_reserve(bridge.runtime);
    if (ran_out || JS_GetGCThreshold(bridge.runtime) != bridge.seen_threshold)
        after_collection(ran_out);
    if (bridge.adopted_bytes <= bridge.adopted_threshold)
        return;
    JS_RunGC(bridge.runtime);
    size_t twice = bridge.adopted_bytes * 2;
    bridge.adopted_threshold = twice > LEAST_ADOPTED_BYTES ? twice : LEAST_ADOPTED_BYTES;
}

/*
 * QuickJS asks this every some thousand loops and calls; true ends the code, and no `catch` or `finally` of it runs. In one event
 * jobs of several exchanges may run. Who has done most of the work (the vote of Boyer and Moore, a round of a loop a voice) has taken
 * the time, and is ended when it runs next; what runs in between goes on. Where nobody has, as when two wake each other for ever,
 * somebody must end all the same: who runs when twice the time is over.
 */
static int on_interrupt(JSRuntime *rt, void *opaque)
{
    uint64_t now = host_clock(!bridge.built);
    int owner = quickjs_owner();
    int64_t work = quickjs_work_done();
    uint64_t limit = running_nanoseconds();
    if (bridge.began == 0) {
        /* The work until now may be that of events before this one, or of the build. */
        bridge.began = now;
        bridge.suspect = owner;
        bridge.lead = 0;
        bridge.work_done = 0;
        return 0;
    }
    bridge.work_done += work;
    if (owner == bridge.suspect) {
        bridge.lead += work;
    } else if (bridge.lead >= work) {
        bridge.lead -= work;
    } else {
        bridge.suspect = owner;
        bridge.lead = work - bridge.lead;
    }
    if (bridge.takes_note || now < bridge.began + limit)
        return 0;
    int64_t least = limit / NANOSECONDS_A_ROUND;
    bool has_most = owner == bridge.suspect && bridge.lead >= least;
    if (!has_most && (now < bridge.began + 2 * limit || bridge.work_done < least * ALL))
        return 0;
    bridge.cut_off = true;
    return 1;
}

static void install_limits(void)
{
    JS_SetInterruptHandler(bridge.runtime, on_interrupt, NULL);
    set_limits(DEFAULT_CALLBACK_MILLISECONDS, DEFAULT_MEMORY_BYTES);
}
