/*
 * What happens when an engine ends: as in proxy-wasm, where a module traps, all its exchanges fail, and another one takes its place for the
 * first exchange that comes some time later.
 */

/* As long as `reload_config` says for modules. */
#define RESTART_NANOSECONDS ((uint64_t)100000000)

static JSValue end_engine(JSContext *ctx)
{
    ((EngineState *)quickjs_state)->ended = true;
    JS_ThrowInternalError(ctx, "the engine ends");
    JS_SetUncatchableError(ctx, ctx->rt->current_exception);
    return JS_EXCEPTION;
}

/* Exchanges that wait for the guest are answered now; others when their next event comes. */
static void lose_streams(Vm *vm)
{
    for (int bucket = 0; bucket < STREAM_BUCKETS; bucket++) {
        for (Stream *stream = vm->streams[bucket]; stream != NULL; stream = stream->next) {
            /* In this order: whoever sees without the lock that the context is gone is to see why. */
            __atomic_store_n(&stream->lost, true, __ATOMIC_RELEASE);
            __atomic_store_n(&stream->begun, false, __ATOMIC_RELEASE);
            if (stream->is_live || stream == vm->running)
                refuse_lost_soon(stream);
            stream->is_live = false;
        }
        vm->streams[bucket] = NULL;
    }
    vm->live = NULL;
    set_waker(vm, NULL);
}

/* In the VM, at the end of an event. */
static void lose_engine(Vm *vm)
{
    lose_streams(vm);
    for (Root *root = vm->roots; root != NULL; root = root->next)
        end_ticks(root);
    end_memory(quickjs_state);
    vm->engine = (EngineState){0};
    begin_memory(quickjs_state);
    vm->restarts_at = host_clock(false) + RESTART_NANOSECONDS;
}

/* A new engine, and the context of each configuration in it. false: it does not start. */
static bool restart_now(Vm *vm)
{
    vm->restarts_at = 0;
    if (!start_engine(vm)) {
        lose_engine(vm);
        return false;
    }
    for (Root *root = vm->roots; root != NULL; root = root->next) {
        root->id = new_id(vm);
        configure_root(root);
    }
    return true;
}

/* The same when it is time. */
static bool restart(Vm *vm)
{
    return host_clock(false) >= vm->restarts_at && restart_now(vm);
}
