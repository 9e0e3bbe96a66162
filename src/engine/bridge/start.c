/* How an engine begins: in Node, while a module is initialised, or where the host has it run. Not exported by a finished module. */

/* The most that a hostcall takes: QuickJS fills missing arguments up to it. */
#define LONGEST_PARAMETERS 6
/* QuickJS looks for garbage cycles when its heap has grown to this; later it chooses by itself. */
#define GC_THRESHOLD_BYTES ((size_t)4 << 20)

/* The value of a script that `engine_compile` has compiled. */
static JSValue evaluate(JSContext *ctx, const uint8_t *bytecode, size_t size)
{
    JSValue script = JS_ReadObject(ctx, bytecode, size, JS_READ_OBJ_BYTECODE);
    return JS_IsException(script) ? script : JS_EvalFunction(ctx, script);
}

/* Calls and consumes a function with one consumed argument. */
static JSValue call_with(JSContext *ctx, JSValue function, JSValue argument)
{
    if (JS_IsException(function))
        return function;
    JSValue result = JS_Call(ctx, function, JS_UNDEFINED, 1, &argument);
    JS_FreeValue(ctx, argument);
    JS_FreeValue(ctx, function);
    return result;
}

static void add_natives(JSContext *ctx, JSValueConst list, int first, JSCFunction *const *functions, int count)
{
    for (int index = 0; index < count; index++) {
        JSValue function = JS_NewCFunction(ctx, functions[index], "", LONGEST_PARAMETERS);
        JS_SetPropertyUint32(ctx, list, first + index, function);
    }
}

static JSValue native_functions(JSContext *ctx)
{
    JSValue list = JS_NewArray(ctx);
    add_natives(ctx, list, 0, hostcalls, countof(hostcalls));
    add_natives(ctx, list, countof(hostcalls), platform_functions, countof(platform_functions));
    return list;
}

static int32_t fail_start(void)
{
    report_exception();
    return 1;
}

/* An engine in which nothing has run yet. */
static JSContext *begin_engine(void)
{
    bridge.runtime = JS_NewRuntime();
    /* Nothing to protect here, and big bundles nest deeply. */
    JS_SetMaxStackSize(bridge.runtime, 0);
    return bridge.context = quickjs_new_context(bridge.runtime);
}

/*
 * Evaluates the prelude, then the policy's bundle (a function of `module` and `exports`), and takes over the guest's functions. Both are
 * bytecode of this very engine: another one would do anything with it. 0: done; else the log says what was thrown.
 */
EXPORT(engine_start) int32_t engine_start(
    const uint8_t *prelude, size_t prelude_size, const uint8_t *bundle, size_t bundle_size)
{
    JSContext *ctx = begin_engine();
    bridge.running_stream = NO_STREAM;
    create_context_table(FIRST_CONTEXT_CAPACITY);
    install_limits();
    start_timer(LONG_NANOSECONDS);

    JSValue install = evaluate(ctx, prelude, prelude_size);
    JSValue start = call_with(ctx, install, native_functions(ctx));
    if (JS_IsException(start))
        return fail_start();
    bridge.describe_error = JS_GetPropertyUint32(ctx, start, 1);
    bridge.track_rejection = JS_GetPropertyUint32(ctx, start, 2);
    bridge.report_rejections = JS_GetPropertyUint32(ctx, start, 3);
    JS_SetHostPromiseRejectionTracker(bridge.runtime, on_rejection, NULL);
    JSValue factory = evaluate(ctx, bundle, bundle_size);
    if (JS_IsException(factory))
        return fail_start();
    /* The guest, then its functions. */
    JSValue started = call_with(ctx, JS_GetPropertyUint32(ctx, start, 0), factory);
    JS_FreeValue(ctx, start);
    if (JS_IsException(started))
        return fail_start();
    bridge.guest = JS_GetPropertyUint32(ctx, started, 0);
    for (int event = 0; event < GUEST_FUNCTIONS; event++)
        bridge.guest_functions[event] = JS_GetPropertyUint32(ctx, started, event + 1);
    JS_FreeValue(ctx, started);
    run_jobs();
    JS_RunGC(bridge.runtime);
    JS_SetGCThreshold(bridge.runtime, GC_THRESHOLD_BYTES);

    /* Nothing of this run may be left in the module. */
    bridge.random_state = 0;
    bridge.random_seeded = false;
    start_timer(0);
    bridge.built = true;
    JS_UpdateStackTop(bridge.runtime);
    JS_SetMaxStackSize(bridge.runtime, STACK_BYTES);
    return 0;
}
