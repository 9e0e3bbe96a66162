/* Contexts by their ids, and the one on which hostcalls act. */

static Root *find_root(const Vm *vm, int32_t id)
{
    Root *root = vm->roots;
    while (root != NULL && root->id != id)
        root = root->next;
    return root;
}

static inline Stream **stream_bucket(Vm *vm, int32_t id)
{
    return &vm->streams[id & (STREAM_BUCKETS - 1)];
}

static Stream *find_stream(Vm *vm, int32_t id)
{
    Stream *stream = *stream_bucket(vm, id);
    while (stream != NULL && stream->id != id)
        stream = stream->next;
    return stream;
}

/* Ids that wrap meet those of exchanges that have not ended, and of configurations. */
static int32_t new_id(Vm *vm)
{
    do {
        vm->last_id = vm->last_id == INT32_MAX ? 1 : vm->last_id + 1;
    } while (find_stream(vm, vm->last_id) != NULL || find_root(vm, vm->last_id) != NULL);
    return vm->last_id;
}

static void add_stream(Vm *vm, Stream *stream)
{
    stream->id = new_id(vm);
    stream->next = *stream_bucket(vm, stream->id);
    *stream_bucket(vm, stream->id) = stream;
}

static void remove_stream(Vm *vm, const Stream *stream)
{
    Stream **place = stream_bucket(vm, stream->id);
    while (*place != stream)
        place = &(*place)->next;
    *place = stream->next;
}

/* An exchange that the running event may touch. One that the guest does not keep may have come to its end when its worker hears of it. */
static inline Stream *find_touchable(Vm *vm, int32_t id)
{
    return vm->on_worker ? find_stream(vm, id) : NULL;
}

/* The exchange on which hostcalls act; NULL: on none. */
static inline Stream *effective_stream(void)
{
    Vm *vm = this_vm();
    int32_t id = bridge.effective_context;
    return vm->running != NULL && vm->running->id == id ? vm->running : find_touchable(vm, id);
}

static Root *effective_root(void)
{
    const Stream *stream = effective_stream();
    return stream != NULL ? stream->root : find_root(this_vm(), bridge.effective_context);
}

static const Config *effective_config(void)
{
    const Root *root = effective_root();
    return root == NULL ? NULL : root->config;
}

static int32_t proxy_set_effective_context(int32_t id)
{
    Vm *vm = this_vm();
    if (find_touchable(vm, id) == NULL && find_root(vm, id) == NULL)
        return STATUS_BAD_ARGUMENT;
    bridge.effective_context = id;
    return STATUS_OK;
}

static int32_t proxy_done(void)
{
    return STATUS_OK;
}

static int32_t proxy_get_current_time_nanoseconds(uint64_t *nanoseconds)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *nanoseconds = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return STATUS_OK;
}
