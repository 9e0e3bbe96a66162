/*
 * Bodies. In an event of a body Envoy has what has just come apart from what it keeps of what came before. In proxy-wasm the event's
 * buffer is all of it while the filter lets Envoy buffer (its last answer was `STOP_ITERATION`), and else what has just come; outside
 * events it is what is kept.
 */

enum { BUFFER_REQUEST_BODY, BUFFER_RESPONSE_BODY, BUFFER_CALL_BODY = 4, BUFFER_CONFIGURATION = 7 };

/* Bodies that come byte by byte are in as many pieces. */
#define USUAL_CHUNKS 64

typedef struct {
    size_t count, length;
    AbiBuffer *chunks;
    AbiBuffer usual[USUAL_CHUNKS];
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

static bool is_moved(const Stream *stream, int half)
{
    return half == REQUEST ? ABI_CALLBACK(http_received_buffered_request_body)(stream->envoy)
                           : ABI_CALLBACK(http_received_buffered_response_body)(stream->envoy);
}

/* The bodies of Envoy's that are all it has of this one at the moment, in order. */
static int find_bodies(const Stream *stream, int half, int *bodies)
{
    bool in_event = stream->body_event == half;
    int count = 0;
    if (!in_event || !is_moved(stream, half))
        bodies[count++] = body_of(half, ABI_KEPT);
    if (in_event)
        bodies[count++] = body_of(half, ABI_RECEIVED);
    return count;
}

static size_t body_length(const Stream *stream, int half)
{
    int bodies[ABI_BODIES], count = find_bodies(stream, half, bodies);
    size_t length = 0;
    for (int index = 0; index < count; index++)
        length += ABI_CALLBACK(http_get_body_size)(stream->envoy, bodies[index]);
    return length;
}

/* false: memory is short. Ended by `release_chunks`. */
static bool find_chunks(Chunks *all, const Stream *stream, int half)
{
    int bodies[ABI_BODIES], count = find_bodies(stream, half, bodies);
    size_t counts[ABI_BODIES], total = 0;
    for (int index = 0; index < count; index++)
        total += counts[index] = ABI_CALLBACK(http_get_body_chunks_size)(stream->envoy, bodies[index]);
    all->count = all->length = 0;
    all->chunks = total > USUAL_CHUNKS ? malloc(total * sizeof(*all->chunks)) : all->usual;
    if (all->chunks == NULL)
        return false;
    for (int index = 0; index < count; index++) {
        AbiBuffer *chunks = all->chunks + all->count;
        if (counts[index] == 0 || !ABI_CALLBACK(http_get_body_chunks)(stream->envoy, bodies[index], chunks))
            continue;
        for (size_t chunk = 0; chunk < counts[index]; chunk++)
            all->length += chunks[chunk].length;
        all->count += counts[index];
    }
    return true;
}

static void release_chunks(Chunks *all)
{
    if (all->chunks != all->usual)
        free(all->chunks);
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
    AbiBuffer whole = {from, all};
    Chunks chunks = {.count = 1, .length = all, .chunks = &whole};
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
    if (!find_chunks(&chunks, stream, buffer))
        return STATUS_INTERNAL_FAILURE;
    int32_t status = chunks.count == 0 ? STATUS_NOT_FOUND
                                       : copy_chunks(&chunks, hidden_bytes(stream, buffer) + from, most, bytes, copied);
    release_chunks(&chunks);
    return status;
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
