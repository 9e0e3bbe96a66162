/*
 * Answers that the guest gives itself. In proxy-wasm they pass the response's events of whoever has sent them, as of all other filters.
 * Envoy leaves out the events of the filter by which an answer of this interface is sent: so there is one in the list, before all that run
 * policies, which does nothing else.
 */

/* That of the exchange for which this thread makes filters at the moment. */
static _Thread_local void *answering_filter __attribute__((tls_model("initial-exec")));

/* A number of 32 bits, and a zero byte. */
#define GRPC_STATUS_ROOM 12

static const char grpc_status_name[] = "grpc-status", grpc_type[] = "application/grpc";

/* As Envoy knows them. */
static bool is_grpc(const Stream *stream)
{
    static const char name[] = "content-type";
    size_t length = sizeof(grpc_type) - 1, count;
    AbiBuffer type = {NULL, 0};
    return ABI_CALLBACK(http_get_header)(stream->envoy, 0, (AbiBuffer){name, sizeof(name) - 1}, &type, 0, &count) &&
           type.length >= length && memcmp(type.bytes, grpc_type, length) == 0 &&
           (type.length == length || type.bytes[length] == '+');
}

/* Of an answer of HTTP (Envoy's `httpToGrpcStatus`). */
static int32_t grpc_status_of(int32_t status)
{
    switch (status) {
    case 400:
        return 13;
    case 401:
        return 16;
    case 403:
        return 7;
    case 404:
        return 12;
    case 429:
    case 502:
    case 503:
    case 504:
        return 14;
    default:
        return 2;
    }
}

/* The header that Envoy does not make itself of such an answer: else it would take 0 for the status. */
static void add_grpc_status(Action *action, int32_t status, char *text)
{
    AbiHeader *header = &action->headers[action->header_count++];
    header->name = grpc_status_name;
    header->name_length = sizeof(grpc_status_name) - 1;
    header->value = text;
    header->value_length = (size_t)snprintf(text, GRPC_STATUS_ROOM, "%d", status);
}

static int32_t proxy_send_local_response(
    int32_t status, const uint8_t *details, size_t details_length, const uint8_t *body, size_t body_length, const uint8_t *map,
    size_t map_length, int32_t grpc_status)
{
    Stream *stream = effective_stream();
    if (stream == NULL)
        return STATUS_BAD_ARGUMENT;
    size_t count = map_count(map, map_length);
    bool with_status = is_grpc(stream);
    size_t headers = (count + with_status) * sizeof(AbiHeader);
    Action *action = malloc(sizeof(*action) + headers + map_length + details_length + body_length + GRPC_STATUS_ROOM);
    if (action == NULL)
        return STATUS_INTERNAL_FAILURE;
    char *bytes = (char *)action + sizeof(*action) + headers;
    *action = (Action){.status = status, .header_count = count};
    if (map_length > 0)
        memcpy(bytes, map, map_length);
    read_map((uint8_t *)bytes, map_length, action->headers);
    bytes += map_length;
    if (details_length > 0)
        memcpy(bytes, details, details_length);
    action->details = (AbiBuffer){bytes, details_length};
    bytes += details_length;
    if (body_length > 0)
        memcpy(bytes, body, body_length);
    action->body = (AbiBuffer){bytes, body_length};
    if (with_status)
        add_grpc_status(action, grpc_status >= 0 ? grpc_status : grpc_status_of(status), bytes + body_length);
    add_action(action, stream, ACT_ANSWER);
    return STATUS_OK;
}
