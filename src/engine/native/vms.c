/* The VMs of the files that configurations name. All of it is the main thread's, and what destroys a configuration. */

static pthread_mutex_t groups_lock = PTHREAD_MUTEX_INITIALIZER;
static VmGroup *groups;

static const char code_magic[] = "sluice-native 1 ";

static char *read_whole(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    char *bytes = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        rewind(file);
        bytes = size < 0 ? NULL : malloc((size_t)size + 1);
        *length = bytes == NULL ? 0 : fread(bytes, 1, (size_t)size, file);
        if (bytes != NULL)
            bytes[*length] = 0;
    }
    fclose(file);
    return bytes;
}

/* The file's first line tells how long its two texts are, of the prelude and of the bundle; each has a zero byte behind it. */
static bool read_code(VmGroup *group)
{
    size_t length;
    char *code = group->code = read_whole(group->path, &length);
    if (code == NULL || strncmp(code, code_magic, sizeof(code_magic) - 1) != 0)
        return false;
    char *line_end = memchr(code, '\n', length), *at = code + sizeof(code_magic) - 1;
    if (line_end == NULL)
        return false;
    group->prelude_length = strtoull(at, &at, 10);
    group->bundle_length = strtoull(at, &at, 10);
    group->prelude = line_end + 1;
    group->bundle = group->prelude + group->prelude_length + 1;
    return at == line_end && group->bundle + group->bundle_length + 1 == code + length;
}

/* In the VM. false: the policies' code throws, which stands in the log. */
static bool start_engine(Vm *vm)
{
    const VmGroup *group = vm->group;
    begin_memory(quickjs_state);
    js_work = JS_WORK_INIT;
    js_out_of_memory = JS_NULL;
    return engine_start(group->prelude, group->prelude_length, "sluice", group->bundle, group->bundle_length, "policy.js", NULL, 0) == 0;
}

static bool start_vm(VmGroup *group, Vm *vm)
{
    vm->group = group;
    pthread_mutex_init(&vm->lock, NULL);
    pthread_mutex_init(&vm->inbox_lock, NULL);
    vm->last_action = &vm->actions;
    vm->last_message = &vm->inbox;
    quickjs_state = &vm->engine.quickjs;
    bool started = start_engine(vm);
    quickjs_state = NULL;
    return started;
}

static void end_vm(Vm *vm)
{
    /* All that the engine has, whoever refers to it. */
    end_memory(&vm->engine.quickjs);
    while (vm->inbox != NULL) {
        Message *message = vm->inbox;
        vm->inbox = message->next;
        free_message(message);
    }
    pthread_mutex_destroy(&vm->lock);
    pthread_mutex_destroy(&vm->inbox_lock);
}

static void free_group(VmGroup *group)
{
    for (uint32_t index = 0; index < group->started; index++)
        end_vm(&group->vms[index]);
    free(group->vms);
    free(group->code);
    free(group->path);
    free(group->id);
    free(group);
}

static VmGroup *make_group(const char *path, const char *id)
{
    VmGroup *group = calloc(1, sizeof(*group));
    if (group == NULL)
        return NULL;
    group->path = strdup(path);
    group->id = strdup(id);
    group->count = ABI_CALLBACK(get_concurrency)();
    if (group->count == 0)
        group->count = 1;
    group->vms = calloc(group->count, sizeof(*group->vms));
    bool started = group->vms != NULL && read_code(group);
    if (!started)
        write_own_line("The file of the policies cannot be read, or is none that this version reads: build it anew.");
    while (started && group->started < group->count) {
        started = start_vm(group, &group->vms[group->started]);
        group->started++;
    }
    if (started)
        return group;
    free_group(group);
    return NULL;
}

/* NULL: there is none, and the log says why. */
static VmGroup *use_group(const char *path, const char *id)
{
    pthread_mutex_lock(&groups_lock);
    VmGroup *group = groups;
    while (group != NULL && (strcmp(group->path, path) != 0 || strcmp(group->id, id) != 0))
        group = group->next;
    if (group == NULL) {
        group = make_group(path, id);
        if (group != NULL) {
            group->next = groups;
            groups = group;
        }
    }
    if (group != NULL)
        group->configs++;
    pthread_mutex_unlock(&groups_lock);
    return group;
}

static void leave_group(VmGroup *group)
{
    pthread_mutex_lock(&groups_lock);
    bool last = --group->configs == 0;
    if (last) {
        VmGroup **place = &groups;
        while (*place != group)
            place = &(*place)->next;
        *place = group->next;
    }
    pthread_mutex_unlock(&groups_lock);
    if (last)
        free_group(group);
}
