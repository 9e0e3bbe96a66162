/*
 * Properties of exchanges: Envoy's attributes, which this interface gives by number and kind, and what filters have told each other, which
 * is filter state. Numbers and truth values are written as proxy-wasm has them.
 */

typedef enum { PROPERTY_TEXT, PROPERTY_NUMBER, PROPERTY_TRUTH } PropertyKind;

typedef struct {
    const char *path; /* its segments with dots between them */
    int attribute;
    PropertyKind kind;
} Property;

static const Property properties[] = {
    {"request.path", 0, PROPERTY_TEXT},
    {"request.url_path", 1, PROPERTY_TEXT},
    {"request.host", 2, PROPERTY_TEXT},
    {"request.scheme", 3, PROPERTY_TEXT},
    {"request.method", 4, PROPERTY_TEXT},
    {"request.referer", 6, PROPERTY_TEXT},
    {"request.useragent", 7, PROPERTY_TEXT},
    {"request.id", 9, PROPERTY_TEXT},
    {"request.protocol", 10, PROPERTY_TEXT},
    {"request.query", 11, PROPERTY_TEXT},
    {"response.code", 15, PROPERTY_NUMBER},
    {"response.code_details", 16, PROPERTY_TEXT},
    {"response.size", 21, PROPERTY_NUMBER},
    {"source.address", 24, PROPERTY_TEXT},
    {"source.port", 25, PROPERTY_NUMBER},
    {"destination.address", 26, PROPERTY_TEXT},
    {"destination.port", 27, PROPERTY_NUMBER},
    {"connection.id", 28, PROPERTY_NUMBER},
    {"connection.mtls", 29, PROPERTY_TRUTH},
    {"connection.requested_server_name", 30, PROPERTY_TEXT},
    {"connection.tls_version", 31, PROPERTY_TEXT},
    {"connection.subject_local_certificate", 32, PROPERTY_TEXT},
    {"connection.subject_peer_certificate", 33, PROPERTY_TEXT},
    {"connection.dns_san_local_certificate", 34, PROPERTY_TEXT},
    {"connection.dns_san_peer_certificate", 35, PROPERTY_TEXT},
    {"connection.uri_san_local_certificate", 36, PROPERTY_TEXT},
    {"connection.uri_san_peer_certificate", 37, PROPERTY_TEXT},
    {"connection.sha256_peer_certificate_digest", 38, PROPERTY_TEXT},
    {"upstream.address", 41, PROPERTY_TEXT},
    {"upstream.port", 42, PROPERTY_NUMBER},
    {"upstream.request_attempt_count", 53, PROPERTY_NUMBER},
    {"xds.route_name", 61, PROPERTY_TEXT},
};

/* A path as proxy-wasm has it, zero bytes between its segments, with dots; longer ones have no meaning to Envoy. */
#define LONGEST_PATH 256

static size_t dotted(const uint8_t *path, size_t length, char *out)
{
    for (size_t index = 0; index < length; index++)
        out[index] = path[index] == 0 ? '.' : (char)path[index];
    out[length] = 0;
    return length;
}

static bool read_attribute(const Stream *stream, const Property *property, AbiBuffer *found, uint64_t *number)
{
    bool truth = false;
    switch (property->kind) {
    case PROPERTY_TEXT:
        return ABI_CALLBACK(http_filter_get_attribute_string)(stream->envoy, property->attribute, found);
    case PROPERTY_NUMBER:
        *found = (AbiBuffer){(const char *)number, sizeof(*number)};
        return ABI_CALLBACK(http_filter_get_attribute_int)(stream->envoy, property->attribute, number);
    default:
        *found = (AbiBuffer){(const char *)number, 1};
        if (!ABI_CALLBACK(http_filter_get_attribute_bool)(stream->envoy, property->attribute, &truth))
            return false;
        *number = truth;
        return true;
    }
}

static int32_t proxy_get_property(const uint8_t *path, size_t path_length, uint8_t **value, size_t *length)
{
    const Stream *stream = effective_stream();
    if (stream == NULL || path_length >= LONGEST_PATH)
        return STATUS_NOT_FOUND;
    char name[LONGEST_PATH];
    AbiBuffer found = {NULL, 0};
    uint64_t number = 0;
    dotted(path, path_length, name);
    const Property *property = properties;
    while (property < properties + countof(properties) && strcmp(property->path, name) != 0)
        property++;
    bool is_found = property < properties + countof(properties)
        ? read_attribute(stream, property, &found, &number)
        : ABI_CALLBACK(http_get_filter_state_bytes)(stream->envoy, (AbiBuffer){name, path_length}, &found);
    if (!is_found)
        return STATUS_NOT_FOUND;
    *value = copy_bytes(engine_malloc, found.bytes, found.length);
    *length = found.length;
    return *value == NULL ? STATUS_INTERNAL_FAILURE : STATUS_OK;
}

static int32_t proxy_set_property(const uint8_t *path, size_t path_length, const uint8_t *value, size_t length)
{
    const Stream *stream = effective_stream();
    char name[LONGEST_PATH];
    if (path_length >= LONGEST_PATH)
        return STATUS_BAD_ARGUMENT;
    dotted(path, path_length, name);
    if (strcmp(name, "sluice.metric_labels") == 0)
        return declare_labels(value, length);
    if (stream == NULL)
        return STATUS_BAD_ARGUMENT;
    AbiBuffer bytes = {length == 0 ? "" : (const char *)value, length};
    return ABI_CALLBACK(http_set_filter_state_bytes)(stream->envoy, (AbiBuffer){name, path_length}, bytes) ? STATUS_OK
                                                                                                          : STATUS_INTERNAL_FAILURE;
}
