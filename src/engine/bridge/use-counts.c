/*
 * What is counted of the exchanges of one use of a policy of which the guest hears nothing: in memory, since each call of the host takes
 * a good part of what such an exchange does. The guest is told that there is something, and says when the host shall have it.
 */

/* Of so many filters one is timed; see `src/guest/running.ts`. */
#define TIMED_EVERY 31

/* What is counted, in the order of `PreparedExchange.metrics`; behind them the histogram of times. */
enum { EXCHANGES, BREAKS, USE_COUNTERS, TIMES = USE_COUNTERS, USE_METRICS };

typedef struct {
    int32_t metrics[USE_METRICS]; /* the host's ids; 0: nothing is counted */
    int32_t values[USE_COUNTERS];
} UseCounts;

static inline void count_one(UseCounts *use, int what)
{
    if (use->metrics[what] <= 0)
        return;
    use->values[what]++;
    bridge.counted = true;
}

static void flush_use(UseCounts *use)
{
    for (int what = 0; what < USE_COUNTERS; what++) {
        /* Hosts refuse to add nothing. */
        if (use->values[what] > 0)
            proxy_increment_metric(use->metrics[what], use->values[what]);
        use->values[what] = 0;
    }
}

/* 0: this filter is not timed. */
static inline uint64_t begin_timed(void)
{
    if (++bridge.untimed < TIMED_EVERY)
        return 0;
    bridge.untimed = 0;
    return host_clock(false);
}

static inline void end_timed(const UseCounts *use, uint64_t began)
{
    if (began != 0 && use->metrics[TIMES] > 0)
        proxy_record_metric(use->metrics[TIMES], (int64_t)((host_clock(false) - began + 500) / 1000));
}

/* At the end of an event of this context. */
static inline void announce_counts(int32_t root)
{
    if (bridge.counted == bridge.counts_announced)
        return;
    bridge.counts_announced = true;
    JSValueConst values[] = {JS_NewInt32(bridge.context, root)};
    JSValue told = call_guest_function(EVENT_COUNTED, countof(values), values);
    if (JS_IsException(told))
        report_exception();
}
