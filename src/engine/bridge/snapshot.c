/* What the build calls in Node, besides `engine_start`. Not exported by the finished module. */

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

/* Writes the pending exception to the log, as there is no prelude that describes it. */
static void report_syntax(JSContext *ctx)
{
    JSValue error = JS_GetException(ctx), stack = JS_GetPropertyStr(ctx, error, "stack");
    JSValue line = JS_ConcatString(ctx, JS_ToString(ctx, error), JS_ConcatString(ctx, JS_NewString(ctx, "\n"), stack));
    write_log(line);
    JS_FreeValue(ctx, line);
    JS_FreeValue(ctx, error);
}

/*
 * The bytecode of a script, for `engine_start` of this engine and of the same one on processors. In an engine that starts nothing: what
 * compiling leaves in the heap is no policy's. Functions keep their source for `toString`, each one that of those inside it again: more
 * than all their code. Written without it they keep names, lines and columns, as far as `lines` tells (`quickjs/strip.c`); NULL: all of
 * them. `source` ends in a zero byte. NULL: the log says why.
 */
EXPORT(engine_compile) uint8_t *engine_compile(
    const char *source, size_t length, const char *name, const uint32_t *lines, size_t line_count, size_t *size)
{
    JSContext *ctx = bridge.context == NULL ? begin_engine() : bridge.context;
    JSValue compiled = quickjs_compile(ctx, source, length, name);
    uint8_t *bytes = NULL;
    if (lines != NULL)
        quickjs_strip(ctx, compiled, lines, line_count);
    if (!JS_IsException(compiled))
        bytes = JS_WriteObject(ctx, size, compiled, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
    JS_FreeValue(ctx, compiled);
    if (bytes == NULL)
        report_syntax(ctx);
    return bytes;
}
