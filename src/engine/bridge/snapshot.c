/* What the snapshot calls in Node while it initialises a module, besides `engine_start`. Not exported by the finished module. */

EXPORT(engine_allocate) void *engine_allocate(size_t size)
{
    return malloc(size);
}

EXPORT(engine_free) void engine_free(void *pointer)
{
    free(pointer);
}

/* Whether the guest has the function at that place of `guestFunctionNames`. */
EXPORT(engine_has) int32_t engine_has(int32_t event)
{
    return guest_has(event);
}

/* Leaves out what follows from the rest; see `quickjs/frozen.c`. Nothing else is called afterwards. */
EXPORT(engine_freeze) void engine_freeze(void)
{
    quickjs_freeze(bridge.runtime);
}

/* Puts that back: what a finished module starts with. */
EXPORT(engine_thaw) void engine_thaw(void)
{
    quickjs_thaw(bridge.runtime);
}

/* Overwrites what is free in the heap: source texts, syntax trees, whatever the policy computed with. */
EXPORT(engine_wipe) void engine_wipe(void)
{
    quickjs_wipe(bridge.runtime);
}
