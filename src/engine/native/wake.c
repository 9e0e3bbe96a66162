/*
 * How a VM hears of what happens elsewhere: a message in its inbox, and an event of Envoy's in which the inbox is read. That is one of an
 * exchange which the guest keeps, on the worker's thread; where there is none, of a configuration, on the main thread.
 */

static void free_message(Message *message)
{
    free(message->headers);
    free(message->body);
    free(message);
}

/* With the inbox's lock. */
static void ask_for_event(Vm *vm)
{
    if (vm->waker != NULL)
        ABI_CALLBACK(http_filter_scheduler_commit)(vm->waker_scheduler, 0);
    else if (vm->roots != NULL)
        ABI_CALLBACK(http_filter_config_scheduler_commit)(vm->roots->config->scheduler, 0);
}

static void wake(Vm *vm)
{
    pthread_mutex_lock(&vm->inbox_lock);
    ask_for_event(vm);
    pthread_mutex_unlock(&vm->inbox_lock);
}

/* On any thread. */
static void send_message(Vm *vm, Message *message)
{
    pthread_mutex_lock(&vm->inbox_lock);
    message->next = NULL;
    *vm->last_message = message;
    vm->last_message = &message->next;
    ask_for_event(vm);
    pthread_mutex_unlock(&vm->inbox_lock);
}

static Message *take_message(Vm *vm)
{
    pthread_mutex_lock(&vm->inbox_lock);
    Message *message = vm->inbox;
    if (message != NULL) {
        vm->inbox = message->next;
        if (vm->inbox == NULL)
            vm->last_message = &vm->inbox;
    }
    pthread_mutex_unlock(&vm->inbox_lock);
    return message;
}

/* The events that `previous` was to be woken for come to another exchange, or to the main thread. */
static void set_waker(Vm *vm, Stream *stream)
{
    void *scheduler = stream == NULL ? NULL : ABI_CALLBACK(http_filter_scheduler_new)(stream->envoy);
    pthread_mutex_lock(&vm->inbox_lock);
    void *previous = vm->waker_scheduler;
    vm->waker = stream;
    vm->waker_scheduler = scheduler;
    if (vm->inbox != NULL)
        ask_for_event(vm);
    pthread_mutex_unlock(&vm->inbox_lock);
    if (previous != NULL)
        ABI_CALLBACK(http_filter_scheduler_delete)(previous);
}

/* In the VM, on its worker's thread, after an event of the exchange: the guest may touch it from now on. */
static void note_live(Vm *vm, Stream *stream)
{
    if (stream->is_live)
        return;
    stream->is_live = true;
    stream->previous_live = NULL;
    stream->next_live = vm->live;
    if (vm->live != NULL)
        vm->live->previous_live = stream;
    vm->live = stream;
    if (vm->waker == NULL)
        set_waker(vm, stream);
}

/* In the VM, on its worker's thread. */
static void forget_live(Vm *vm, Stream *stream)
{
    if (!stream->is_live)
        return;
    if (stream->previous_live != NULL)
        stream->previous_live->next_live = stream->next_live;
    else
        vm->live = stream->next_live;
    if (stream->next_live != NULL)
        stream->next_live->previous_live = stream->previous_live;
    stream->is_live = false;
    if (vm->waker == stream)
        set_waker(vm, vm->live);
}
