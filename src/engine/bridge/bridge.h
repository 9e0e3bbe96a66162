/*
 * The bridge between the host's callbacks and calls and the guest's JavaScript. This is all that it remembers, and what its files
 * have of each other.
 */
#ifdef __wasm__
#include "wasm.h"
#else
#include "../native/host.h"
#endif
#include "generated/event-numbers.h"

/* What a policy of an exchange waits with for the response; see prepared-objects.c. */
typedef struct PreparedWait PreparedWait;

/* A stream context; see contexts.c. */
typedef struct {
    int32_t id; /* 0: a free entry */
    int32_t root;
    bool kept; /* The guest wants the context's further events. */
    /* What its policies wait with for the response, the last one first, of which the guest has not heard; NULL: they do not. */
    PreparedWait *waiting;
    /* Those of them that the response has passed, which have answered the request or have an `onDone`. */
    PreparedWait *passed;
} ContextEntry;

/* The context of a policy; see prepared.c. */
typedef struct PreparedRoot PreparedRoot;

/* A field of the guest's objects: its name, and where it is in those of one shape, which is held; NULL: of none yet. */
typedef struct {
    JSAtom name;
    uint32_t index;
    JSShape *shape;
} KnownField;

/* What a getter of the guest's reads, and the guest's own function. */
typedef struct {
    KnownField holder, field;
    JSValue own;
} ContextGetter;
enum { CONTEXT_GETTERS = 6 };

typedef struct {
    JSRuntime *runtime;
    JSContext *context;
    bool built; /* false: the module is being initialised in Node. */

    /* The guest, and its functions in the order of `guestFunctionNames`. */
    JSValue guest;
    JSValue guest_functions[GUEST_FUNCTIONS];
    /* JavaScript that turns an error into a line for the log. */
    JSValue describe_error;
    /* JavaScript that remembers promises which are rejected and handled by nobody, and that logs them. */
    JSValue track_rejection;
    JSValue report_rejections;
    bool rejections_tracked;

    /* The context whose event is running, and its half of the exchange. */
    int32_t running_context;
    int32_t running_stream;
    /* The context on which hostcalls act. */
    int32_t effective_context;
    /* The guest let the running stream go on; see streams.c. */
    bool continue_requested;
    /* The guest has failed the exchange whose event is running, because its code was cut off. */
    bool stopped;

    /* The table of stream contexts. */
    ContextEntry *contexts;
    int32_t context_capacity;
    int32_t context_count;
    /* How many contexts of policies there are, and the first of those that have prepared an exchange. */
    int32_t root_count;
    PreparedRoot *prepared_roots;
    /* The guest begins all exchanges: it refuses some. */
    bool asks_guest;

    /* Names of fields of the guest's classes: of answers and what decides for one (answers.c), of promises (prepared-objects.c). */
    struct {
        JSAtom status, headers, body, response;
    } answer_fields;
    struct {
        KnownField state, result;
    } promise_fields;
    /* That of what caches keep, and that of limiters. */
    KnownField fresh_until, limit_plan;

    /* Filters' contexts: their prototype, their shape once it is known, and what their getters read; see filter-context.c. */
    struct {
        JSObject *class;
        JSShape *shape;
        ContextGetter getters[CONTEXT_GETTERS];
    } filter_context;

    /* Something was counted that the host does not know, and the guest knows that; see use-counts.c. */
    bool counted;
    bool counts_announced;
    /* So many filters in a row were not timed. */
    int untimed;

    /* How long code may run without a pause, by whose it is; `NOBODY`: of all others. */
    uint64_t nanoseconds[JS_USERS];
    /* How long the running code may, whosever it is; `BY_USER`: as it may always. And since when it runs, 0 until that is known. */
    uint64_t event_nanoseconds;
    uint64_t began;
    /* Code has been ended since the event began. */
    bool cut_off;
    /* The bridge's own code runs inside the policy's: it comes to its end first. */
    bool takes_note;
    /* Who has done most of the event's work so far, by how much more than all others; and all that was done. */
    int32_t suspect;
    int64_t lead;
    int64_t work_done;
    /* Bytes of the heap from which on garbage is looked for at the latest; and those from which on it will be, as was seen last. */
    size_t largest_threshold;
    size_t seen_threshold;
    /* Bytes of arrays whose memory QuickJS does not count, and how many of them start a search for garbage. */
    size_t adopted_bytes;
    size_t adopted_threshold;

    /* State of `Math.random`; drawn from the host at first use, never in the snapshot. */
    uint64_t random_state;
    bool random_seeded;
} Bridge;

#include "heads.h"

#ifdef __wasm__
static Bridge bridge;
static Heads heads;
#else
#include "../native/engine-state.h"
#endif

/* The halves of an exchange. */
enum { NO_STREAM = -1, REQUEST = 0, RESPONSE = 1 };
/* What a callback answers. */
enum { CONTINUE = 0, STOP_ITERATION = 1, STOP_AND_WATERMARK = 2 };
/* Whose code runs that is no use's of a policy. */
enum { NOBODY = 0 };
/* No answer of a guest's function is negative. */
enum { FAILED = -1 };

/* Code may run as long as whosever it is may. */
#define BY_USER 0
/* How long `onConfigure` may take, and the evaluation of a policy at the build. */
#define LONG_NANOSECONDS ((uint64_t)5000000000)
/* How long the guest has to fail an exchange whose code was cut off; it takes a millisecond where nothing stops the whole machine. */
#define CUT_OFF_NANOSECONDS ((uint64_t)1000000000)

/* Memory that the bridge cannot do without. The host starts a new module in place of one that ends here. */
static inline void *allocate(size_t size)
{
    void *pointer = malloc(size);
    if (pointer == NULL)
        abort();
    return pointer;
}

static JSValue call_guest_function(int event, int count, JSValueConst *values);
static int32_t call_guest(int event, int count, JSValueConst *values, int32_t failed);
static void recover(bool of_event);
static bool hand_over(ContextEntry *exchange, bool threw);
static void flush_counts(void);
static void quicken_context(JSContext *ctx, JSValueConst class);
