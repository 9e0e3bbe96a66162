/*
 * What becomes of exchanges by a running event, when it has returned: in proxy-wasm nothing of it happens earlier. Envoy calls other
 * filters, and other contexts of this VM, while it happens.
 */

enum { ACT_CONTINUE_REQUEST, ACT_CONTINUE_RESPONSE, ACT_RESET, ACT_ANSWER, ACT_REFUSE };

struct Action {
    Action *next;
    Stream *stream;
    int kind;
    /* Of an answer; all its bytes stand behind it. */
    int32_t status;
    AbiBuffer details, body;
    size_t header_count;
    AbiHeader headers[];
};

static void forget_body(Stream *stream, int half);

static void hold_stream(Stream *stream)
{
    stream->holders++;
}

static void release_stream(Stream *stream)
{
    if (--stream->holders == 0 && stream->envoy == NULL)
        free(stream);
}

static void add_action(Action *action, Stream *stream, int kind)
{
    Vm *vm = this_vm();
    hold_stream(stream);
    action->stream = stream;
    action->kind = kind;
    *vm->last_action = action;
    vm->last_action = &action->next;
}

static int32_t act_later(int kind)
{
    Stream *stream = effective_stream();
    if (stream == NULL)
        return STATUS_BAD_ARGUMENT;
    Action *action = calloc(1, sizeof(*action));
    if (action == NULL)
        return STATUS_INTERNAL_FAILURE;
    add_action(action, stream, kind);
    return STATUS_OK;
}

/* What a proxy-wasm host answers where it has lost the module. That answer passes, and nothing else happens to the exchange any more. */
static void refuse_lost(Stream *stream)
{
    if (!stream->lost)
        return;
    stream->lost = false;
    static const char details[] = "sluice_lost";
    ABI_CALLBACK(http_send_response)
    (stream->answering, 503, NULL, 0, (AbiBuffer){NULL, 0}, (AbiBuffer){details, sizeof(details) - 1});
}

static void act(const Action *action)
{
    Stream *stream = action->stream;
    if (stream->envoy == NULL || stream->over)
        return;
    switch (action->kind) {
    case ACT_CONTINUE_REQUEST:
        forget_body(stream, REQUEST);
        ABI_CALLBACK(http_filter_continue_decoding)(stream->envoy);
        break;
    case ACT_CONTINUE_RESPONSE:
        forget_body(stream, RESPONSE);
        ABI_CALLBACK(http_filter_continue_encoding)(stream->envoy);
        break;
    case ACT_RESET:
        ABI_CALLBACK(http_filter_reset_stream)(stream->envoy, ABI_RESET_LOCAL, (AbiBuffer){"sluice", 6});
        break;
    case ACT_REFUSE:
        refuse_lost(stream);
        break;
    default:
        ABI_CALLBACK(http_send_response)(
            stream->answering, (uint32_t)action->status, (AbiHeader *)action->headers, action->header_count, action->body, action->details);
    }
}

/* Not while the VM's lock is held. */
static void act_all(Action *actions)
{
    while (actions != NULL) {
        Action *action = actions;
        actions = action->next;
        act(action);
        release_stream(action->stream);
        free(action);
    }
}

static void refuse_lost_soon(Stream *stream)
{
    Action *action = calloc(1, sizeof(*action));
    if (action == NULL)
        abort();
    add_action(action, stream, ACT_REFUSE);
}

static Action *take_actions(Vm *vm)
{
    Action *actions = vm->actions;
    vm->actions = NULL;
    vm->last_action = &vm->actions;
    return actions;
}

static int32_t proxy_continue_stream(int32_t half)
{
    return act_later(half == REQUEST ? ACT_CONTINUE_REQUEST : ACT_CONTINUE_RESPONSE);
}

static int32_t proxy_close_stream(int32_t half)
{
    return act_later(ACT_RESET);
}
