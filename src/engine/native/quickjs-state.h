/*
 * What QuickJS has in static variables where there is one engine: here one of each engine. A thread runs one at a time, the one that
 * `quickjs_state` points at.
 */
#include "quickjs.h"

/* As `patches/users.patch` has it. */
#define QUICKJS_USERS 255

/* Before each piece of an engine's memory. */
typedef struct Block Block;
struct Block {
    Block *previous, *next;
};

typedef struct {
    int work;
    int owner;
    uint8_t user;
    JSRuntime *interruptible;
    JSValue out_of_memory;
    size_t large_bytes[QUICKJS_USERS];
    Block blocks; /* the ends of the list of all */
} QuickjsState;

/* The library is loaded while Envoy runs, and the loader keeps some room for such variables of few bytes: they cost no call. */
static _Thread_local QuickjsState *quickjs_state __attribute__((tls_model("initial-exec")));

#define js_work (quickjs_state->work)
#define js_owner (quickjs_state->owner)
#define js_user (quickjs_state->user)
#define js_interruptible (quickjs_state->interruptible)
#define js_out_of_memory (quickjs_state->out_of_memory)
#define js_large_bytes (quickjs_state->large_bytes)
