/* The two hostcalls with which the bridge must know what happens. */

static JSValue hostcall_set_effective_context(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t id = i32_argument(ctx, values[0]);
    int32_t status = proxy_set_effective_context(id);
    if (status == 0)
        bridge.effective_context = id;
    return JS_NewInt32(ctx, status);
}

/*
 * A stream cannot be told to go on inside its own callback (the callback's answer would stop it again): there the answer itself becomes
 * "continue". It happens whenever a filter settles in the jobs that run at the end of the callback.
 */
static JSValue hostcall_continue_stream(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t stream = i32_argument(ctx, values[0]);
    if (stream == bridge.running_stream && bridge.effective_context == bridge.running_context) {
        bridge.continue_requested = true;
        return JS_NewInt32(ctx, 0);
    }
    return JS_NewInt32(ctx, proxy_continue_stream(stream));
}
