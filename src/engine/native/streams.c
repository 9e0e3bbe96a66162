/* Exchanges: events of Envoy's become events of stream contexts, those that the guest has a function for. */

static inline Vm *vm_of(const Stream *stream)
{
    return stream->root->vm;
}

static inline bool look(const bool *flag)
{
    return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

/* The exchange stays until the event is ended. */
static Vm *enter_stream(Stream *stream)
{
    Vm *vm = vm_of(stream);
    hold_stream(stream);
    enter(vm, stream, true);
    return vm;
}

static void leave_stream(Vm *vm, Stream *stream)
{
    leave(vm);
    release_stream(stream);
}

/* Begins an event of the exchange. NULL: nobody wants it; its context may have gone on another thread just now. */
static Vm *begin_event(Stream *stream)
{
    if (stream->is_settled || !look(&stream->begun))
        return NULL;
    Vm *vm = enter_stream(stream);
    if (stream->begun)
        return vm;
    leave_stream(vm, stream);
    return NULL;
}

static void end_event(Vm *vm, Stream *stream)
{
    const ContextEntry *entry = vm->engine.ended || stream->lost ? NULL : find_context(stream->id);
    if (entry != NULL && entry->kept)
        note_live(vm, stream);
    else if (entry != NULL)
        stream->is_settled = entry->waiting == NULL && entry->passed == NULL;
    leave_stream(vm, stream);
}

/* An event that nobody wants, or of an exchange that has no context: its head has never come here, and nothing of it shall; or it was lost. */
static int32_t answer_alone(Stream *stream)
{
    if (!look(&stream->lost))
        return CONTINUE;
    hold_stream(stream);
    refuse_lost(stream);
    release_stream(stream);
    return STOP_ITERATION;
}

static bool is_kept(const Stream *stream)
{
    const ContextEntry *entry = find_context(stream->id);
    return entry != NULL && entry->kept;
}

const void *ABI_EVENT(http_filter_new)(const void *module, void *envoy)
{
    Stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL)
        abort();
    Config *config = (Config *)module;
    stream->envoy = envoy;
    stream->body_event = NO_STREAM;
    if (config->group == NULL) {
        answering_filter = envoy;
        return stream;
    }
    uint32_t worker = ABI_CALLBACK(http_filter_get_worker_index)(envoy);
    stream->root = &config->roots[worker < config->group->count ? worker : 0];
    stream->answering = config->has_answering && answering_filter != NULL ? answering_filter : envoy;
    return stream;
}

int ABI_EVENT(http_filter_request_headers)(void *envoy, void *module, bool end_of_stream)
{
    Stream *stream = module;
    if (stream->root == NULL) {
        /* All filters of its exchange are made: whoever is made from now on is of another one. */
        answering_filter = NULL;
        return CONTINUE;
    }
    Vm *vm = enter_stream(stream);
    int32_t answer = STOP_ITERATION;
    if (vm->restarts_at != 0 && !restart(vm)) {
        stream->lost = true;
        refuse_lost_soon(stream);
    } else {
        add_stream(vm, stream);
        stream->begun = true;
        proxy_on_context_create(stream->id, stream->root->id);
        answer = proxy_on_request_headers(stream->id, 0, end_of_stream);
    }
    end_event(vm, stream);
    return answer;
}

int ABI_EVENT(http_filter_response_headers)(void *envoy, void *module, bool end_of_stream)
{
    Stream *stream = module;
    Vm *vm = begin_event(stream);
    if (vm == NULL)
        return answer_alone(stream);
    int32_t answer = guest_has(EVENT_RESPONSE_HEADERS) ? proxy_on_response_headers(stream->id, 0, end_of_stream) : CONTINUE;
    end_event(vm, stream);
    return answer;
}

/* See bodies.c. */
static int32_t deliver_body(Stream *stream, int half, bool end_of_stream)
{
    Vm *vm = begin_event(stream);
    if (vm == NULL)
        return answer_alone(stream);
    int32_t answer = CONTINUE;
    if (is_kept(stream) && guest_has(half == REQUEST ? EVENT_REQUEST_BODY : EVENT_RESPONSE_BODY)) {
        stream->body_event = half;
        size_t length = body_length(stream, half), hidden = hidden_bytes(stream, half);
        int32_t size = hidden < length ? (int32_t)(length - hidden) : 0;
        answer = half == REQUEST ? proxy_on_request_body(stream->id, size, end_of_stream)
                                 : proxy_on_response_body(stream->id, size, end_of_stream);
        stream->body_event = NO_STREAM;
        stream->last_answer[half] = answer;
        stream->held[half] = answer == CONTINUE ? 0 : length;
    }
    end_event(vm, stream);
    return answer;
}

int ABI_EVENT(http_filter_request_body)(void *envoy, void *module, bool end_of_stream)
{
    return deliver_body(module, REQUEST, end_of_stream);
}

int ABI_EVENT(http_filter_response_body)(void *envoy, void *module, bool end_of_stream)
{
    return deliver_body(module, RESPONSE, end_of_stream);
}

static int32_t deliver_trailers(Stream *stream, int half)
{
    Vm *vm = begin_event(stream);
    if (vm == NULL)
        return answer_alone(stream);
    int32_t answer = CONTINUE;
    if (guest_has(half == REQUEST ? EVENT_REQUEST_TRAILERS : EVENT_RESPONSE_TRAILERS))
        answer = half == REQUEST ? proxy_on_request_trailers(stream->id, 0) : proxy_on_response_trailers(stream->id, 0);
    end_event(vm, stream);
    return answer;
}

int ABI_EVENT(http_filter_request_trailers)(void *envoy, void *module)
{
    return deliver_trailers(module, REQUEST);
}

int ABI_EVENT(http_filter_response_trailers)(void *envoy, void *module)
{
    return deliver_trailers(module, RESPONSE);
}

/* The exchange is over, and can still be read. */
void ABI_EVENT(http_filter_stream_complete)(void *envoy, void *module)
{
    Stream *stream = module;
    stream->over = true;
    if (stream->root == NULL)
        return;
    Vm *vm = begin_event(stream);
    if (vm != NULL) {
        if (guest_has(EVENT_LOG))
            proxy_on_log(stream->id);
        leave_stream(vm, stream);
    }
    tell_pending(stream);
}

void ABI_EVENT(http_filter_destroy)(void *module)
{
    Stream *stream = module;
    if (look(&stream->begun)) {
        Vm *vm = enter_stream(stream);
        if (stream->begun) {
            proxy_on_done(stream->id);
            if (guest_has(EVENT_DELETE))
                proxy_on_delete(stream->id);
            forget_live(vm, stream);
            remove_stream(vm, stream);
        }
        stream->envoy = NULL;
        leave_stream(vm, stream);
        return;
    }
    if (answering_filter == stream->envoy)
        answering_filter = NULL;
    stream->envoy = NULL;
    if (stream->holders == 0)
        free(stream);
}

/* The VM was asked to read its inbox. */
void ABI_EVENT(http_filter_scheduled)(void *envoy, void *module, uint64_t event)
{
    read_inbox(vm_of(module), true);
}

/* What Envoy wants to be there, and never calls: no calls or streams are an exchange's. */
#define UNUSED_EVENT(name) \
    void ABI_EVENT(name)(void) \
    { \
    }

UNUSED_EVENT(http_filter_http_callout_done)
UNUSED_EVENT(http_filter_http_stream_headers)
UNUSED_EVENT(http_filter_http_stream_data)
UNUSED_EVENT(http_filter_http_stream_trailers)
UNUSED_EVENT(http_filter_http_stream_complete)
UNUSED_EVENT(http_filter_http_stream_reset)
UNUSED_EVENT(http_filter_downstream_above_write_buffer_high_watermark)
UNUSED_EVENT(http_filter_downstream_below_write_buffer_low_watermark)
