/* The hostcalls as functions for QuickJS. Made of src/abi/ by src/engine/bridge-source.ts. */

static JSValue hostcall_log(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    if (!read_utf8(ctx, values[1], &texts[0]))
        return refuse(ctx, texts, 1);
    proxy_log(i32_argument(ctx, values[0]), texts[0].bytes, texts[0].length);
    release_arguments(ctx, texts, 1);
    return JS_UNDEFINED;
}

static JSValue hostcall_get_log_level(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t result0 = 0;
    int32_t status = proxy_get_log_level(&result0);
    return status == 0 ? JS_NewInt32(ctx, result0) : JS_UNDEFINED;
}

static JSValue hostcall_get_current_time_nanoseconds(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    uint64_t result0 = 0;
    int32_t status = proxy_get_current_time_nanoseconds(&result0);
    return status == 0 ? nanoseconds_result(ctx, result0) : JS_UNDEFINED;
}

static JSValue hostcall_set_tick_period_milliseconds(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t status = proxy_set_tick_period_milliseconds(i32_argument(ctx, values[0]));
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_done(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t status = proxy_done();
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_get_header_map_pairs(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Received result0 = {0};
    int32_t status = proxy_get_header_map_pairs(i32_argument(ctx, values[0]), &result0.bytes, &result0.length);
    return status == 0 ? headers_result(ctx, result0) : JS_NewArray(ctx);
}

static JSValue hostcall_set_header_map_pairs(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    if (!serialise_headers(ctx, values[1], &texts[0]))
        return refuse(ctx, texts, 1);
    release_pairs();
    int32_t status = proxy_set_header_map_pairs(i32_argument(ctx, values[0]), texts[0].bytes, texts[0].length);
    release_arguments(ctx, texts, 1);
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_get_header_map_value(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    Received result0 = {0};
    if (!read_byte_string(ctx, values[1], &texts[0]))
        return refuse(ctx, texts, 1);
    int32_t status = proxy_get_header_map_value(i32_argument(ctx, values[0]), texts[0].bytes, texts[0].length, &result0.bytes, &result0.length);
    release_arguments(ctx, texts, 1);
    return status == 0 ? byte_string_result(ctx, result0) : JS_UNDEFINED;
}

static JSValue hostcall_replace_header_map_value(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[2] = {0};
    if (!read_byte_string(ctx, values[1], &texts[0]) || !read_byte_string(ctx, values[2], &texts[1]))
        return refuse(ctx, texts, 2);
    release_pairs();
    int32_t status = proxy_replace_header_map_value(i32_argument(ctx, values[0]), texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length);
    release_arguments(ctx, texts, 2);
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_add_header_map_value(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[2] = {0};
    if (!read_byte_string(ctx, values[1], &texts[0]) || !read_byte_string(ctx, values[2], &texts[1]))
        return refuse(ctx, texts, 2);
    release_pairs();
    int32_t status = proxy_add_header_map_value(i32_argument(ctx, values[0]), texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length);
    release_arguments(ctx, texts, 2);
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_remove_header_map_value(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    if (!read_byte_string(ctx, values[1], &texts[0]))
        return refuse(ctx, texts, 1);
    release_pairs();
    int32_t status = proxy_remove_header_map_value(i32_argument(ctx, values[0]), texts[0].bytes, texts[0].length);
    release_arguments(ctx, texts, 1);
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_get_buffer_bytes(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Received result0 = {0};
    int32_t status = proxy_get_buffer_bytes(i32_argument(ctx, values[0]), i32_argument(ctx, values[1]), i32_argument(ctx, values[2]), &result0.bytes, &result0.length);
    return status == 0 ? bytes_result(ctx, result0) : JS_UNDEFINED;
}

static JSValue hostcall_set_buffer_bytes(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    if (!read_bytes(ctx, values[3], &texts[0]))
        return refuse(ctx, texts, 1);
    int32_t status = proxy_set_buffer_bytes(i32_argument(ctx, values[0]), i32_argument(ctx, values[1]), i32_argument(ctx, values[2]), texts[0].bytes, texts[0].length);
    release_arguments(ctx, texts, 1);
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_close_stream(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t status = proxy_close_stream(i32_argument(ctx, values[0]));
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_send_local_response(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[3] = {0};
    if (!read_utf8(ctx, values[1], &texts[0]) || !read_bytes(ctx, values[2], &texts[1]) || !serialise_headers(ctx, values[3], &texts[2]))
        return refuse(ctx, texts, 3);
    int32_t status = proxy_send_local_response(i32_argument(ctx, values[0]), texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length, texts[2].bytes, texts[2].length, i32_argument(ctx, values[4]));
    release_arguments(ctx, texts, 3);
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_http_call(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[4] = {0};
    int32_t result0 = 0;
    if (!read_utf8(ctx, values[0], &texts[0]) || !serialise_headers(ctx, values[1], &texts[1]) || !read_bytes(ctx, values[2], &texts[2]) || !serialise_headers(ctx, values[3], &texts[3]))
        return refuse(ctx, texts, 4);
    int32_t status = proxy_http_call(texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length, texts[2].bytes, texts[2].length, texts[3].bytes, texts[3].length, i32_argument(ctx, values[4]), &result0);
    release_arguments(ctx, texts, 4);
    return JS_NewInt32(ctx, status == 0 ? result0 : -status);
}

static JSValue hostcall_grpc_call(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[5] = {0};
    int32_t result0 = 0;
    if (!read_utf8(ctx, values[0], &texts[0]) || !read_utf8(ctx, values[1], &texts[1]) || !read_utf8(ctx, values[2], &texts[2]) || !serialise_headers(ctx, values[3], &texts[3]) || !read_bytes(ctx, values[4], &texts[4]))
        return refuse(ctx, texts, 5);
    int32_t status = proxy_grpc_call(texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length, texts[2].bytes, texts[2].length, texts[3].bytes, texts[3].length, texts[4].bytes, texts[4].length, i32_argument(ctx, values[5]), &result0);
    release_arguments(ctx, texts, 5);
    return JS_NewInt32(ctx, status == 0 ? result0 : -status);
}

static JSValue hostcall_grpc_stream(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[4] = {0};
    int32_t result0 = 0;
    if (!read_utf8(ctx, values[0], &texts[0]) || !read_utf8(ctx, values[1], &texts[1]) || !read_utf8(ctx, values[2], &texts[2]) || !serialise_headers(ctx, values[3], &texts[3]))
        return refuse(ctx, texts, 4);
    int32_t status = proxy_grpc_stream(texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length, texts[2].bytes, texts[2].length, texts[3].bytes, texts[3].length, &result0);
    release_arguments(ctx, texts, 4);
    return JS_NewInt32(ctx, status == 0 ? result0 : -status);
}

static JSValue hostcall_grpc_send(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    if (!read_bytes(ctx, values[1], &texts[0]))
        return refuse(ctx, texts, 1);
    int32_t status = proxy_grpc_send(i32_argument(ctx, values[0]), texts[0].bytes, texts[0].length, i32_argument(ctx, values[2]));
    release_arguments(ctx, texts, 1);
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_grpc_cancel(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t status = proxy_grpc_cancel(i32_argument(ctx, values[0]));
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_grpc_close(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t status = proxy_grpc_close(i32_argument(ctx, values[0]));
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_get_status(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t result0 = 0;
    Received result1 = {0};
    int32_t status = proxy_get_status(&result0, &result1.bytes, &result1.length);
    if (status != 0)
        return JS_UNDEFINED;
    JSValue tuple = JS_NewArray(ctx);
    JS_SetPropertyUint32(ctx, tuple, 0, JS_NewInt32(ctx, result0));
    JS_SetPropertyUint32(ctx, tuple, 1, utf8_result(ctx, result1));
    return tuple;
}

static JSValue hostcall_get_property(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    Received result0 = {0};
    if (!serialise_path(ctx, values[0], &texts[0]))
        return refuse(ctx, texts, 1);
    int32_t status = proxy_get_property(texts[0].bytes, texts[0].length, &result0.bytes, &result0.length);
    release_arguments(ctx, texts, 1);
    return status == 0 ? bytes_result(ctx, result0) : JS_UNDEFINED;
}

static JSValue hostcall_set_property(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[2] = {0};
    if (!serialise_path(ctx, values[0], &texts[0]) || !read_bytes(ctx, values[1], &texts[1]))
        return refuse(ctx, texts, 2);
    int32_t status = proxy_set_property(texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length);
    release_arguments(ctx, texts, 2);
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_get_shared_data(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    Received result0 = {0};
    int32_t result1 = 0;
    if (!read_utf8(ctx, values[0], &texts[0]))
        return refuse(ctx, texts, 1);
    int32_t status = proxy_get_shared_data(texts[0].bytes, texts[0].length, &result0.bytes, &result0.length, &result1);
    release_arguments(ctx, texts, 1);
    if (status != 0)
        return JS_UNDEFINED;
    JSValue tuple = JS_NewArray(ctx);
    JS_SetPropertyUint32(ctx, tuple, 0, bytes_result(ctx, result0));
    JS_SetPropertyUint32(ctx, tuple, 1, JS_NewInt32(ctx, result1));
    return tuple;
}

static JSValue hostcall_set_shared_data(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[2] = {0};
    if (!read_utf8(ctx, values[0], &texts[0]) || !read_bytes(ctx, values[1], &texts[1]))
        return refuse(ctx, texts, 2);
    int32_t status = proxy_set_shared_data(texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length, i32_argument(ctx, values[2]));
    release_arguments(ctx, texts, 2);
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_register_shared_queue(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    int32_t result0 = 0;
    if (!read_utf8(ctx, values[0], &texts[0]))
        return refuse(ctx, texts, 1);
    int32_t status = proxy_register_shared_queue(texts[0].bytes, texts[0].length, &result0);
    release_arguments(ctx, texts, 1);
    return JS_NewInt32(ctx, status == 0 ? result0 : -status);
}

static JSValue hostcall_resolve_shared_queue(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[2] = {0};
    int32_t result0 = 0;
    if (!read_utf8(ctx, values[0], &texts[0]) || !read_utf8(ctx, values[1], &texts[1]))
        return refuse(ctx, texts, 2);
    int32_t status = proxy_resolve_shared_queue(texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length, &result0);
    release_arguments(ctx, texts, 2);
    return JS_NewInt32(ctx, status == 0 ? result0 : -status);
}

static JSValue hostcall_enqueue_shared_queue(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    if (!read_bytes(ctx, values[1], &texts[0]))
        return refuse(ctx, texts, 1);
    int32_t status = proxy_enqueue_shared_queue(i32_argument(ctx, values[0]), texts[0].bytes, texts[0].length);
    release_arguments(ctx, texts, 1);
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_dequeue_shared_queue(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Received result0 = {0};
    int32_t status = proxy_dequeue_shared_queue(i32_argument(ctx, values[0]), &result0.bytes, &result0.length);
    return status == 0 ? bytes_result(ctx, result0) : JS_UNDEFINED;
}

static JSValue hostcall_define_metric(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[1] = {0};
    int32_t result0 = 0;
    if (!read_utf8(ctx, values[1], &texts[0]))
        return refuse(ctx, texts, 1);
    int32_t status = proxy_define_metric(i32_argument(ctx, values[0]), texts[0].bytes, texts[0].length, &result0);
    release_arguments(ctx, texts, 1);
    return JS_NewInt32(ctx, status == 0 ? result0 : -status);
}

static JSValue hostcall_record_metric(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t status = proxy_record_metric(i32_argument(ctx, values[0]), i64_argument(ctx, values[1]));
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_increment_metric(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int32_t status = proxy_increment_metric(i32_argument(ctx, values[0]), i64_argument(ctx, values[1]));
    return JS_NewInt32(ctx, status);
}

static JSValue hostcall_get_metric(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int64_t result0 = 0;
    int32_t status = proxy_get_metric(i32_argument(ctx, values[0]), &result0);
    return status == 0 ? i64_result(ctx, result0) : JS_UNDEFINED;
}

static JSValue hostcall_call_foreign_function(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text texts[2] = {0};
    Received result0 = {0};
    if (!read_utf8(ctx, values[0], &texts[0]) || !read_bytes(ctx, values[1], &texts[1]))
        return refuse(ctx, texts, 2);
    int32_t status = proxy_call_foreign_function(texts[0].bytes, texts[0].length, texts[1].bytes, texts[1].length, &result0.bytes, &result0.length);
    release_arguments(ctx, texts, 2);
    return status == 0 ? bytes_result(ctx, result0) : JS_UNDEFINED;
}

/* In the order of `hostcallNames`. */
static JSCFunction *const hostcalls[] = {
    hostcall_log,
    hostcall_get_log_level,
    hostcall_get_current_time_nanoseconds,
    hostcall_set_tick_period_milliseconds,
    hostcall_set_effective_context,
    hostcall_done,
    hostcall_get_header_map_pairs,
    hostcall_set_header_map_pairs,
    hostcall_get_header_map_value,
    hostcall_replace_header_map_value,
    hostcall_add_header_map_value,
    hostcall_remove_header_map_value,
    hostcall_get_buffer_bytes,
    hostcall_set_buffer_bytes,
    hostcall_continue_stream,
    hostcall_close_stream,
    hostcall_send_local_response,
    hostcall_http_call,
    hostcall_grpc_call,
    hostcall_grpc_stream,
    hostcall_grpc_send,
    hostcall_grpc_cancel,
    hostcall_grpc_close,
    hostcall_get_status,
    hostcall_get_property,
    hostcall_set_property,
    hostcall_get_shared_data,
    hostcall_set_shared_data,
    hostcall_register_shared_queue,
    hostcall_resolve_shared_queue,
    hostcall_enqueue_shared_queue,
    hostcall_dequeue_shared_queue,
    hostcall_define_metric,
    hostcall_record_metric,
    hostcall_increment_metric,
    hostcall_get_metric,
    hostcall_call_foreign_function,
};
