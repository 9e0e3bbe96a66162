/*
 * Calls of upstreams. All are the configuration's, not an exchange's: others may wait for the same answer, and the exchange whose code has
 * asked may end before it comes. Envoy makes such calls on the main thread.
 */

struct Call {
    Call *next;
    Vm *vm;
    int32_t root; /* its id then: another engine has another one */
    int32_t token;
    uint64_t id; /* Envoy's, once it has begun */
    uint32_t milliseconds;
    AbiBuffer cluster, body;
    size_t header_count;
    AbiHeader headers[];
};

static const char authority[] = ":authority", host[] = "host";

/* Envoy knows the authority of such a call by its older name. */
static void rename_authority(AbiHeader *headers, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        AbiHeader *header = &headers[index];
        if (header->name_length == sizeof(authority) - 1 && memcmp(header->name, authority, sizeof(authority) - 1) == 0) {
            header->name = host;
            header->name_length = sizeof(host) - 1;
        }
    }
}

static int32_t proxy_http_call(
    const uint8_t *cluster, size_t cluster_length, const uint8_t *map, size_t map_length, const uint8_t *body, size_t body_length,
    const uint8_t *trailers, size_t trailers_length, int32_t milliseconds, int32_t *token)
{
    Root *root = effective_root();
    if (root == NULL)
        return STATUS_BAD_ARGUMENT;
    size_t count = map_count(map, map_length), headers = count * sizeof(AbiHeader);
    Call *call = malloc(sizeof(*call) + headers + map_length + cluster_length + body_length);
    if (call == NULL)
        return STATUS_INTERNAL_FAILURE;
    char *bytes = (char *)call + sizeof(*call) + headers;
    Vm *vm = this_vm();
    vm->last_token = vm->last_token == INT32_MAX ? 1 : vm->last_token + 1;
    *call = (Call){.vm = vm, .root = root->id, .token = *token = vm->last_token, .milliseconds = (uint32_t)milliseconds, .header_count = count};
    if (map_length > 0)
        memcpy(bytes, map, map_length);
    read_map((uint8_t *)bytes, map_length, call->headers);
    rename_authority(call->headers, count);
    bytes += map_length;
    memcpy(bytes, cluster, cluster_length);
    call->cluster = (AbiBuffer){bytes, cluster_length};
    bytes += cluster_length;
    if (body_length > 0)
        memcpy(bytes, body, body_length);
    call->body = (AbiBuffer){bytes, body_length};

    Config *config = root->config;
    pthread_mutex_lock(&config->lock);
    *config->last_asked = call;
    config->last_asked = &call->next;
    ABI_CALLBACK(http_filter_config_scheduler_commit)(config->scheduler, 0);
    pthread_mutex_unlock(&config->lock);
    return STATUS_OK;
}

/* Without headers: it has failed, `begun` tells how. */
static void send_call_answer(
    const Call *call, int begun, const AbiHeader *headers, size_t count, const AbiBuffer *chunks, size_t chunk_count)
{
    Message *message = calloc(1, sizeof(*message));
    if (message == NULL)
        abort();
    message->root = call->root;
    message->is_answer = true;
    message->is_unknown = begun == ABI_CALL_UNKNOWN || begun == ABI_CALL_INCOMPLETE;
    message->token = call->token;
    message->header_count = count;
    for (size_t index = 0; index < chunk_count; index++)
        message->body_length += chunks[index].length;
    message->body = malloc(message->body_length + 1);
    if (message->body == NULL || !serialise_map(malloc, headers, count, &message->headers, &message->headers_length))
        abort();
    size_t at = 0;
    for (size_t index = 0; index < chunk_count; index++) {
        memcpy(message->body + at, chunks[index].bytes, chunks[index].length);
        at += chunks[index].length;
    }
    send_message(call->vm, message);
}

static Call *take_asked(Config *config)
{
    pthread_mutex_lock(&config->lock);
    Call *asked = config->asked;
    config->asked = NULL;
    config->last_asked = &config->asked;
    pthread_mutex_unlock(&config->lock);
    return asked;
}

/* On the main thread. */
static void begin_calls(Config *config)
{
    Call *next;
    for (Call *call = take_asked(config); call != NULL; call = next) {
        next = call->next;
        int begun = ABI_CALLBACK(http_filter_config_http_callout)(
            config->envoy, &call->id, call->cluster, call->headers, call->header_count, call->body, call->milliseconds);
        if (begun == ABI_CALL_BEGUN) {
            call->next = config->begun;
            config->begun = call;
        } else {
            send_call_answer(call, begun, NULL, 0, NULL, 0);
            free(call);
        }
    }
}

static void end_call(Config *config, uint64_t id, const AbiHeader *headers, size_t count, const AbiBuffer *chunks, size_t chunk_count)
{
    Call **place = &config->begun;
    while (*place != NULL && (*place)->id != id)
        place = &(*place)->next;
    Call *call = *place;
    if (call == NULL)
        return;
    *place = call->next;
    send_call_answer(call, ABI_CALL_BEGUN, headers, count, chunks, chunk_count);
    free(call);
}

static void free_calls(Call *call)
{
    while (call != NULL) {
        Call *next = call->next;
        free(call);
        call = next;
    }
}

/* Why the call whose event runs has no answer, in gRPC's numbers and in words. */
static int32_t proxy_get_status(int32_t *code, uint8_t **text, size_t *length)
{
    static const char unknown[] = "unknown-upstream";
    const Message *answer = this_vm()->answer;
    bool is_unknown = answer != NULL && answer->is_unknown;
    *code = is_unknown ? 5 : 0;
    *length = is_unknown ? sizeof(unknown) - 1 : 0;
    *text = copy_bytes(engine_malloc, unknown, *length);
    return *text == NULL ? STATUS_INTERNAL_FAILURE : STATUS_OK;
}
