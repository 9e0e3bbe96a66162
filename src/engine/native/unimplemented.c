/* Hostcalls that neither policies nor services have a way to: calls by gRPC, and shared queues. */

static int32_t proxy_grpc_call(
    const uint8_t *service, size_t service_length, const uint8_t *name, size_t name_length, const uint8_t *method,
    size_t method_length, const uint8_t *metadata, size_t metadata_length, const uint8_t *message, size_t message_length,
    int32_t milliseconds, int32_t *call)
{
    return STATUS_UNIMPLEMENTED;
}

static int32_t proxy_grpc_stream(
    const uint8_t *service, size_t service_length, const uint8_t *name, size_t name_length, const uint8_t *method,
    size_t method_length, const uint8_t *metadata, size_t metadata_length, int32_t *call)
{
    return STATUS_UNIMPLEMENTED;
}

static int32_t proxy_grpc_send(int32_t call, const uint8_t *message, size_t length, int32_t end_of_stream)
{
    return STATUS_UNIMPLEMENTED;
}

static int32_t proxy_grpc_cancel(int32_t call)
{
    return STATUS_UNIMPLEMENTED;
}

static int32_t proxy_grpc_close(int32_t call)
{
    return STATUS_UNIMPLEMENTED;
}

static int32_t proxy_register_shared_queue(const uint8_t *name, size_t length, int32_t *queue)
{
    return STATUS_UNIMPLEMENTED;
}

static int32_t proxy_resolve_shared_queue(
    const uint8_t *vm_id, size_t vm_id_length, const uint8_t *name, size_t length, int32_t *queue)
{
    return STATUS_UNIMPLEMENTED;
}

static int32_t proxy_enqueue_shared_queue(int32_t queue, const uint8_t *value, size_t length)
{
    return STATUS_UNIMPLEMENTED;
}

static int32_t proxy_dequeue_shared_queue(int32_t queue, uint8_t **value, size_t *length)
{
    return STATUS_UNIMPLEMENTED;
}
