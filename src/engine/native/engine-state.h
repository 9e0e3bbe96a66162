/* One engine of several: what all of it remembers. */
typedef struct {
    QuickjsState quickjs; /* comes first: a thread's `quickjs_state` is its engine */
    Bridge bridge;
    Heads heads;
    bool ended; /* Nothing of it can be used any more. */
} EngineState;

#define bridge (((EngineState *)quickjs_state)->bridge)
#define heads (((EngineState *)quickjs_state)->heads)
