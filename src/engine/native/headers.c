/* Headers and trailers of the exchange, and of the answer of a call. */

enum { MAP_RESPONSE_TRAILERS = 3, MAP_CALL_HEADERS = 6 };

/* Most heads have fewer. */
#define USUAL_HEADERS 64

static int32_t proxy_get_header_map_pairs(int32_t map, uint8_t **bytes, size_t *length)
{
    const Message *answer = this_vm()->answer;
    if (map == MAP_CALL_HEADERS && answer != NULL) {
        *bytes = copy_bytes(engine_malloc, answer->headers, answer->headers_length);
        *length = answer->headers_length;
        return *bytes == NULL ? STATUS_INTERNAL_FAILURE : STATUS_OK;
    }
    const Stream *stream = effective_stream();
    if (stream == NULL || map > MAP_RESPONSE_TRAILERS)
        return STATUS_NOT_FOUND;
    AbiHeader usual[USUAL_HEADERS], *headers = usual;
    size_t count = ABI_CALLBACK(http_get_headers_size)(stream->envoy, map);
    if (count > USUAL_HEADERS)
        headers = malloc(count * sizeof(*headers));
    if (headers == NULL)
        return STATUS_INTERNAL_FAILURE;
    if (!ABI_CALLBACK(http_get_headers)(stream->envoy, map, headers))
        count = 0;
    bool copied = serialise_map(engine_malloc, headers, count, bytes, length);
    if (headers != usual)
        free(headers);
    return copied ? STATUS_OK : STATUS_INTERNAL_FAILURE;
}

static int32_t proxy_get_header_map_value(int32_t map, const uint8_t *name, size_t name_length, uint8_t **value, size_t *length)
{
    const Stream *stream = effective_stream();
    if (stream == NULL || map > MAP_RESPONSE_TRAILERS)
        return STATUS_NOT_FOUND;
    AbiBuffer found = {NULL, 0};
    size_t count = 0;
    if (!ABI_CALLBACK(http_get_header)(stream->envoy, map, (AbiBuffer){(const char *)name, name_length}, &found, 0, &count))
        return STATUS_NOT_FOUND;
    *value = copy_bytes(engine_malloc, found.bytes, found.length);
    *length = found.length;
    return *value == NULL ? STATUS_INTERNAL_FAILURE : STATUS_OK;
}

static bool host_has_header(int32_t map, const uint8_t *name, size_t length)
{
    const Stream *stream = effective_stream();
    AbiBuffer found;
    size_t count;
    return stream != NULL && map <= MAP_RESPONSE_TRAILERS &&
           ABI_CALLBACK(http_get_header)(stream->envoy, map, (AbiBuffer){(const char *)name, length}, &found, 0, &count);
}

/* The first time in a configuration and VM. */
static void tell_of_empty_value(Root *root, AbiBuffer name)
{
    static const char what[] =
        "HEADER_EMPTY: Envoy's interface for native policies takes no empty value of a header, which is left out; told once: ";
    char line[sizeof(what) + 100];
    if (root->told_of_empty_value)
        return;
    root->told_of_empty_value = true;
    int length = snprintf(line, sizeof(line), "%s%.*s", what, name.length < 100 ? (int)name.length : 100, name.bytes);
    write_line(LOG_WARN, root->config->name, root->config->name_length, line, (size_t)length);
}

/*
 * Envoy's functions take an empty value for none (`setHeaderValueImpl` and `addHeaderValueImpl` in its
 * source/extensions/filters/http/dynamic_modules/abi_impl.cc): one removes the header, the other refuses. Nothing else of the interface
 * changes the head of a message that passes; in heads that are handed over as a whole, of answers and calls, empty values stay.
 */
static int32_t set_header(int32_t map, AbiBuffer name, AbiBuffer value)
{
    const Stream *stream = effective_stream();
    if (stream == NULL || map > MAP_RESPONSE_TRAILERS || !ABI_CALLBACK(http_set_header)(stream->envoy, map, name, value))
        return STATUS_BAD_ARGUMENT;
    return STATUS_OK;
}

static AbiBuffer some_value(const uint8_t *value, size_t length)
{
    return (AbiBuffer){length == 0 ? "" : (const char *)value, length};
}

static int32_t proxy_replace_header_map_value(
    int32_t map, const uint8_t *name, size_t name_length, const uint8_t *value, size_t length)
{
    const Stream *stream = effective_stream();
    AbiBuffer named = {(const char *)name, name_length}, kept;
    size_t count;
    int32_t status = set_header(map, named, some_value(value, length));
    if (length == 0 && status == STATUS_OK && !ABI_CALLBACK(http_get_header)(stream->envoy, map, named, &kept, 0, &count))
        tell_of_empty_value(stream->root, named);
    return status;
}

static int32_t proxy_remove_header_map_value(int32_t map, const uint8_t *name, size_t name_length)
{
    return set_header(map, (AbiBuffer){(const char *)name, name_length}, (AbiBuffer){NULL, 0});
}

static int32_t proxy_add_header_map_value(
    int32_t map, const uint8_t *name, size_t name_length, const uint8_t *value, size_t length)
{
    const Stream *stream = effective_stream();
    AbiBuffer named = {(const char *)name, name_length};
    if (stream == NULL || map > MAP_RESPONSE_TRAILERS)
        return STATUS_BAD_ARGUMENT;
    if (ABI_CALLBACK(http_add_header)(stream->envoy, map, named, some_value(value, length)))
        return STATUS_OK;
    if (length == 0)
        tell_of_empty_value(stream->root, named);
    return STATUS_BAD_ARGUMENT;
}

/* All of a map at once: the guest edits one header after the other. */
static int32_t proxy_set_header_map_pairs(int32_t map, const uint8_t *bytes, size_t length)
{
    return STATUS_UNIMPLEMENTED;
}
