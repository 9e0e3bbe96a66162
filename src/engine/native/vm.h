/*
 * What the host's side remembers, in proxy-wasm's terms: a VM is an engine with its policies; it has a root context for each
 * configuration, and a stream context for each exchange. There is one VM of a file and id for each worker.
 *
 * All VMs are made on the main thread, where configurations come and are refused. Code of a VM runs on its worker's thread while that
 * has exchanges that the guest keeps, which only it may touch; else on the main thread. `lock` makes it one of both.
 */
typedef struct Vm Vm;
typedef struct VmGroup VmGroup;
typedef struct Config Config;
typedef struct Root Root;
typedef struct Stream Stream;
typedef struct Action Action;
typedef struct Message Message;

/* proxy-wasm's statuses. */
enum { STATUS_OK = 0, STATUS_NOT_FOUND = 1, STATUS_BAD_ARGUMENT = 2, STATUS_EMPTY = 7, STATUS_CAS_MISMATCH = 8,
       STATUS_INTERNAL_FAILURE = 10, STATUS_UNIMPLEMENTED = 12 };

/* A configuration's context in one VM. */
struct Root {
    Root *next; /* of the VM */
    Vm *vm;
    Config *config;
    int32_t id;
    bool told_of_empty_value; /* See headers.c. */
    /* Its tick, under `ticks.lock`: see ticks.c. */
    Root *next_ticking;
    bool ticks;
    uint64_t due; /* 0: not now */
    uint32_t period;
};

/* An exchange, as one filter sees it. */
struct Stream {
    void *envoy; /* NULL: it is gone */
    Root *root;  /* NULL: this is the filter that answers for others; see answers.c */
    void *answering;
    int32_t id;
    int holders; /* besides Envoy: actions and running events */
    bool over; /* Envoy has done with it. */
    /* These change under the VM's lock, on whichever thread its engine ends: without it they are a first look only. */
    bool begun; /* The request's head has come: there is a context. */
    bool lost;  /* Its context went with the engine. */
    bool is_settled; /* The guest wants no more events of it, and has nothing to remember until it ends. */
    /* See bodies.c. */
    int body_event; /* the half whose body's event runs, or NO_STREAM */
    int last_answer[2];
    size_t held[2];
    Stream *next; /* with the same hash */
    /* Exchanges that the guest keeps, and so may touch whenever it runs. */
    bool is_live;
    Stream *next_live, *previous_live;
};

/* Something for a VM that happened elsewhere. */
struct Message {
    Message *next;
    int32_t root;
    bool is_answer; /* of a call; else it is a tick */
    bool is_unknown; /* There is no such upstream. */
    int32_t token;
    size_t header_count, body_length;
    uint8_t *headers; /* as proxy-wasm serialises them */
    size_t headers_length;
    uint8_t *body;
};

#define STREAM_BUCKETS 256

struct Vm {
    EngineState engine; /* comes first */
    VmGroup *group;
    pthread_mutex_t lock;
    int32_t last_id, last_token;
    Root *roots;
    Stream *streams[STREAM_BUCKETS];
    Stream *live;
    Stream *running; /* whose event runs */
    bool on_worker;  /* The running event is on the worker's thread, on which alone exchanges may be touched. */
    /* What the running events have asked for, to be done when they have returned. */
    Action *actions, **last_action;
    const Message *answer; /* of the call whose event runs */
    uint64_t restarts_at;  /* 0: it has an engine */

    /* See wake.c. */
    pthread_mutex_t inbox_lock;
    Message *inbox, **last_message;
    Stream *waker;
    void *waker_scheduler;
};

/* The VMs of what a file has in it, one for each worker. */
struct VmGroup {
    VmGroup *next;
    char *id;
    char *code; /* all of the file, in which the two are, as bytecode */
    size_t code_length;
    const uint8_t *prelude, *bundle;
    size_t prelude_length, bundle_length;
    int configs;
    uint32_t count, started;
    Vm *vms;
};

/* A call of an upstream that has begun. */
typedef struct Call Call;

/* What Envoy has as a filter's configuration. */
struct Config {
    void *envoy;
    char *name;
    size_t name_length;
    char *text; /* for the guest */
    size_t text_length;
    bool has_answering; /* See answers.c. */
    VmGroup *group; /* NULL: this is the filter that answers for others */
    Root *roots; /* by the VM */
    void *scheduler;
    /* Envoy's numbers of metrics, by the family's, and 1 more; see envoy-metrics.c. */
    size_t *family_ids, family_room;
    bool is_made; /* Envoy takes no more metrics. */
    /* Calls that shall begin, under `lock`; and those that have, which only the main thread knows. */
    pthread_mutex_t lock;
    Call *asked, **last_asked;
    Call *begun;
};

/* The VM whose code runs on this thread. */
static inline Vm *this_vm(void)
{
    return (Vm *)quickjs_state;
}
