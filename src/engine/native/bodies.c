/*
 * Bodies. In an event of a body Envoy has what has just come apart from what it keeps of what came before. In proxy-wasm the event's
 * buffer is all of it while the filter lets Envoy buffer (its last answer was `STOP_ITERATION`), and else what has just come; outside
 * events it is what is kept.
 */

enum { BUFFER_REQUEST_BODY, BUFFER_RESPONSE_BODY, BUFFER_CALL_BODY = 4, BUFFER_CONFIGURATION = 7 };

#define MOST_CHUNKS 256

typedef struct {
    size_t count, length;
    AbiBuffer chunks[MOST_CHUNKS];
} Chunks;

static void forget_body(Stream *stream, int half)
{
    stream->last_answer[half] = CONTINUE;
    stream->held[half] = 0;
}

static int body_of(int half, int which)
{
    return half * ABI_BODIES + which;
}

static void add_chunks(Chunks *all, const Stream *stream, int body)
{
    size_t count = ABI_CALLBACK(http_get_body_chunks_size)(stream->envoy, body);
    if (count == 0 || all->count + count > MOST_CHUNKS || !ABI_CALLBACK(http_get_body_chunks)(stream->envoy, body, all->chunks + all->count))
        return;
    for (size_t index = all->count; index < all->count + count; index++)
        all->length += all->chunks[index].length;
    all->count += count;
}

static bool is_moved(const Stream *stream, int half)
{
    return half == REQUEST ? ABI_CALLBACK(http_received_buffered_request_body)(stream->envoy)
                           : ABI_CALLBACK(http_received_buffered_response_body)(stream->envoy);
}

/* All that Envoy has of the body at the moment. */
static void find_chunks(Chunks *all, const Stream *stream, int half)
{
    bool in_event = stream->body_event == half;
    all->count = all->length = 0;
    if (!in_event || !is_moved(stream, half))
        add_chunks(all, stream, body_of(half, ABI_KEPT));
    if (in_event)
        add_chunks(all, stream, body_of(half, ABI_RECEIVED));
}

/* What stands before the bytes that the guest is to see. */
static size_t hidden_bytes(const Stream *stream, int half)
{
    return stream->body_event == half && stream->last_answer[half] != STOP_ITERATION ? stream->held[half] : 0;
}

static int32_t copy_chunks(const Chunks *all, size_t start, size_t length, uint8_t **bytes, size_t *copied)
{
    if (start > all->length)
        start = all->length;
    if (length > all->length - start)
        length = all->length - start;
    uint8_t *out = *bytes = engine_malloc(length == 0 ? 1 : length);
    if (out == NULL)
        return STATUS_INTERNAL_FAILURE;
    *copied = length;
    for (size_t index = 0; index < all->count && length > 0; index++) {
        const AbiBuffer *chunk = &all->chunks[index];
        if (start >= chunk->length) {
            start -= chunk->length;
            continue;
        }
        size_t part = chunk->length - start < length ? chunk->length - start : length;
        memcpy(out, chunk->bytes + start, part);
        out += part;
        length -= part;
        start = 0;
    }
    return STATUS_OK;
}

static int32_t copy_part(const void *from, size_t all, size_t start, size_t length, uint8_t **bytes, size_t *copied)
{
    Chunks chunks = {.count = 1, .length = all, .chunks = {{from, all}}};
    return copy_chunks(&chunks, start, length, bytes, copied);
}

static int32_t proxy_get_buffer_bytes(int32_t buffer, int32_t start, int32_t length, uint8_t **bytes, size_t *copied)
{
    size_t from = (uint32_t)start, most = (uint32_t)length;
    const Message *answer = this_vm()->answer;
    const Config *config = effective_config();
    if (buffer == BUFFER_CALL_BODY && answer != NULL)
        return copy_part(answer->body, answer->body_length, from, most, bytes, copied);
    if (buffer == BUFFER_CONFIGURATION && config != NULL)
        return copy_part(config->text, config->text_length, from, most, bytes, copied);
    const Stream *stream = effective_stream();
    if (stream == NULL || buffer > BUFFER_RESPONSE_BODY)
        return STATUS_NOT_FOUND;
    Chunks chunks;
    find_chunks(&chunks, stream, buffer);
    return chunks.count == 0 ? STATUS_NOT_FOUND : copy_chunks(&chunks, hidden_bytes(stream, buffer) + from, most, bytes, copied);
}

static void drain(const Stream *stream, int body)
{
    size_t length = ABI_CALLBACK(http_get_body_size)(stream->envoy, body);
    if (length > 0)
        ABI_CALLBACK(http_drain_body)(stream->envoy, body, length);
}

/* The guest replaces all that it sees. */
static int32_t proxy_set_buffer_bytes(int32_t buffer, int32_t start, int32_t length, const uint8_t *bytes, size_t count)
{
    const Stream *stream = effective_stream();
    if (stream == NULL || buffer > BUFFER_RESPONSE_BODY)
        return STATUS_BAD_ARGUMENT;
    int target = body_of(buffer, ABI_KEPT);
    if (stream->body_event == buffer) {
        target = body_of(buffer, ABI_RECEIVED);
        drain(stream, target);
        if (hidden_bytes(stream, buffer) == 0)
            drain(stream, body_of(buffer, ABI_KEPT));
    } else {
        drain(stream, target);
    }
    if (count == 0)
        return STATUS_OK;
    return ABI_CALLBACK(http_append_body)(stream->envoy, target, (AbiBuffer){(const char *)bytes, count}) ? STATUS_OK
                                                                                                          : STATUS_INTERNAL_FAILURE;
}
