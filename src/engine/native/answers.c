/* Answers that the guest gives itself. */

static int32_t proxy_send_local_response(
    int32_t status, const uint8_t *details, size_t details_length, const uint8_t *body, size_t body_length, const uint8_t *map,
    size_t map_length, int32_t grpc_status)
{
    Stream *stream = effective_stream();
    if (stream == NULL)
        return STATUS_BAD_ARGUMENT;
    size_t count = map_count(map, map_length);
    size_t headers = count * sizeof(AbiHeader);
    Action *action = malloc(sizeof(*action) + headers + map_length + details_length + body_length);
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
    add_action(action, stream, ACT_ANSWER);
    return STATUS_OK;
}
