/* The callbacks that a host calls. Made of src/abi/ by src/engine/bridge-source.ts. */

EXPORT(proxy_on_vm_start) int32_t proxy_on_vm_start(int32_t p0, int32_t p1)
{
    if (!is_wanted(EVENT_VM_START, p0))
        return 1;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1)};
    return deliver(EVENT_VM_START, p0, countof(values), values, 0);
}

EXPORT(proxy_on_configure) int32_t proxy_on_configure(int32_t p0, int32_t p1)
{
    if (!is_wanted(EVENT_CONFIGURE, p0))
        return 1;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1)};
    return deliver(EVENT_CONFIGURE, p0, countof(values), values, 0);
}

EXPORT(proxy_on_tick) void proxy_on_tick(int32_t p0)
{
    if (!is_wanted(EVENT_TICK, p0))
        return;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0)};
    deliver(EVENT_TICK, p0, countof(values), values, 0);
}

EXPORT(proxy_on_request_body) int32_t proxy_on_request_body(int32_t p0, int32_t p1, int32_t p2)
{
    if (!is_wanted(EVENT_REQUEST_BODY, p0))
        return CONTINUE;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1), JS_NewBool(bridge.context, p2 != 0)};
    return stream_event(EVENT_REQUEST_BODY, REQUEST, p0, countof(values), values);
}

EXPORT(proxy_on_request_trailers) int32_t proxy_on_request_trailers(int32_t p0, int32_t p1)
{
    if (!is_wanted(EVENT_REQUEST_TRAILERS, p0))
        return CONTINUE;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1)};
    return stream_event(EVENT_REQUEST_TRAILERS, REQUEST, p0, countof(values), values);
}

EXPORT(proxy_on_response_body) int32_t proxy_on_response_body(int32_t p0, int32_t p1, int32_t p2)
{
    if (!is_wanted(EVENT_RESPONSE_BODY, p0))
        return CONTINUE;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1), JS_NewBool(bridge.context, p2 != 0)};
    return stream_event(EVENT_RESPONSE_BODY, RESPONSE, p0, countof(values), values);
}

EXPORT(proxy_on_response_trailers) int32_t proxy_on_response_trailers(int32_t p0, int32_t p1)
{
    if (!is_wanted(EVENT_RESPONSE_TRAILERS, p0))
        return CONTINUE;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1)};
    return stream_event(EVENT_RESPONSE_TRAILERS, RESPONSE, p0, countof(values), values);
}

EXPORT(proxy_on_http_call_response) void proxy_on_http_call_response(int32_t p0, int32_t p1, int32_t p2, int32_t p3, int32_t p4)
{
    if (!is_wanted(EVENT_HTTP_CALL_RESPONSE, p0))
        return;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1), JS_NewInt32(bridge.context, p2), JS_NewInt32(bridge.context, p3), JS_NewInt32(bridge.context, p4)};
    deliver(EVENT_HTTP_CALL_RESPONSE, p0, countof(values), values, 0);
}

EXPORT(proxy_on_grpc_receive_initial_metadata) void proxy_on_grpc_receive_initial_metadata(int32_t p0, int32_t p1, int32_t p2)
{
    if (!is_wanted(EVENT_GRPC_RECEIVE_INITIAL_METADATA, p0))
        return;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1), JS_NewInt32(bridge.context, p2)};
    deliver(EVENT_GRPC_RECEIVE_INITIAL_METADATA, p0, countof(values), values, 0);
}

EXPORT(proxy_on_grpc_receive) void proxy_on_grpc_receive(int32_t p0, int32_t p1, int32_t p2)
{
    if (!is_wanted(EVENT_GRPC_RECEIVE, p0))
        return;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1), JS_NewInt32(bridge.context, p2)};
    deliver(EVENT_GRPC_RECEIVE, p0, countof(values), values, 0);
}

EXPORT(proxy_on_grpc_receive_trailing_metadata) void proxy_on_grpc_receive_trailing_metadata(int32_t p0, int32_t p1, int32_t p2)
{
    if (!is_wanted(EVENT_GRPC_RECEIVE_TRAILING_METADATA, p0))
        return;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1), JS_NewInt32(bridge.context, p2)};
    deliver(EVENT_GRPC_RECEIVE_TRAILING_METADATA, p0, countof(values), values, 0);
}

EXPORT(proxy_on_grpc_close) void proxy_on_grpc_close(int32_t p0, int32_t p1, int32_t p2)
{
    if (!is_wanted(EVENT_GRPC_CLOSE, p0))
        return;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1), JS_NewInt32(bridge.context, p2)};
    deliver(EVENT_GRPC_CLOSE, p0, countof(values), values, 0);
}

EXPORT(proxy_on_queue_ready) void proxy_on_queue_ready(int32_t p0, int32_t p1)
{
    if (!is_wanted(EVENT_QUEUE_READY, p0))
        return;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1)};
    deliver(EVENT_QUEUE_READY, p0, countof(values), values, 0);
}

EXPORT(proxy_on_foreign_function) void proxy_on_foreign_function(int32_t p0, int32_t p1, int32_t p2)
{
    if (!is_wanted(EVENT_FOREIGN_FUNCTION, p0))
        return;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0), JS_NewInt32(bridge.context, p1), JS_NewInt32(bridge.context, p2)};
    deliver(EVENT_FOREIGN_FUNCTION, p0, countof(values), values, 0);
}

EXPORT(proxy_on_delete) void proxy_on_delete(int32_t p0)
{
    if (!is_wanted(EVENT_DELETE, p0))
        return;
    JSValueConst values[] = {JS_NewInt32(bridge.context, p0)};
    deliver(EVENT_DELETE, p0, countof(values), values, 0);
}
