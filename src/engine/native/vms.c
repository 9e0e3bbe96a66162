/* The VMs of the files that configurations name. All of it is the main thread's, and what destroys a configuration. */

static pthread_mutex_t groups_lock = PTHREAD_MUTEX_INITIALIZER;
static VmGroup *groups;

/* `ENGINE_STAMP`: of what the engine is made, as `quickjs.json` has it. Bytecode of another one may do anything. */
static const char code_magic[] = "sluice-native ", code_version[] = "2 " ENGINE_STAMP " ";

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

static void refuse_code(const char *path, const char *why)
{
    char line[1024];
    snprintf(line, sizeof(line), "%s: %s", path, why);
    write_own_line(line);
}

/* The file's first line tells of which engine its bytecode is, how long the prelude's and the bundle's are, and what they are made of. */
static bool read_code(VmGroup *group, const char *path)
{
    const size_t magic_length = sizeof(code_magic) - 1, version_length = sizeof(code_version) - 1;
    char *code = group->code = read_whole(path, &group->code_length);
    char *line_end = code == NULL ? NULL : memchr(code, '\n', group->code_length);
    if (line_end == NULL || strncmp(code, code_magic, magic_length) != 0) {
        refuse_code(path, code == NULL
            ? "NATIVE_CODE: expected the policies' file, which cannot be read: it must be where the configuration says, for the user that Envoy runs as."
            : "NATIVE_CODE: expected a policies' file as sluice build --target envoy-native writes it, got something else.");
        return false;
    }
    if (strncmp(code + magic_length, code_version, version_length) != 0) {
        refuse_code(path, "NATIVE_ENGINE: compiled by another version of Sluice than libsluice is of: "
            "build it anew, and take the library that the same build writes.");
        return false;
    }
    char *at = code + magic_length + version_length;
    group->prelude_length = strtoull(at, &at, 10);
    group->bundle_length = strtoull(at, &at, 10);
    group->prelude = (uint8_t *)line_end + 1;
    size_t left = group->code_length - (size_t)(line_end + 1 - code);
    if (group->prelude_length > left || group->bundle_length != left - group->prelude_length) {
        refuse_code(path, "NATIVE_CODE: its length is not what its first line says: copy it anew.");
        return false;
    }
    group->bundle = group->prelude + group->prelude_length;
    return true;
}

/* In the VM. false: the policies' code throws, which stands in the log. */
static bool start_engine(Vm *vm)
{
    const VmGroup *group = vm->group;
    begin_memory(quickjs_state);
    js_work = JS_WORK_INIT;
    js_out_of_memory = JS_NULL;
    return engine_start(group->prelude, group->prelude_length, group->bundle, group->bundle_length) == 0;
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
    free(group->id);
    free(group);
}

/* Without VMs. NULL: there is none, and the log says why. */
static VmGroup *new_group(const char *path, const char *id)
{
    VmGroup *group = calloc(1, sizeof(*group));
    if (group == NULL || (group->id = strdup(id)) == NULL)
        abort();
    if (read_code(group, path))
        return group;
    free_group(group);
    return NULL;
}

/* false: they do not start. */
static bool start_vms(VmGroup *group)
{
    group->count = ABI_CALLBACK(get_concurrency)();
    if (group->count == 0)
        group->count = 1;
    group->vms = calloc(group->count, sizeof(*group->vms));
    bool started = group->vms != NULL;
    while (started && group->started < group->count) {
        started = start_vm(group, &group->vms[group->started]);
        group->started++;
    }
    return started;
}

static bool same_vms(const VmGroup *one, const VmGroup *other)
{
    return strcmp(one->id, other->id) == 0 && one->code_length == other->code_length &&
        memcmp(one->code, other->code, one->code_length) == 0;
}

/*
 * What counts is what is in the file, as in proxy-wasm: a path may have another content by now, and a content several paths. NULL: there
 * is none, and the log says why.
 */
static VmGroup *use_group(const char *path, const char *id)
{
    VmGroup *fresh = new_group(path, id);
    if (fresh == NULL)
        return NULL;
    pthread_mutex_lock(&groups_lock);
    VmGroup *group = groups;
    while (group != NULL && !same_vms(group, fresh))
        group = group->next;
    if (group == NULL && start_vms(fresh)) {
        group = fresh;
        group->next = groups;
        groups = group;
    }
    if (group != NULL)
        group->configs++;
    pthread_mutex_unlock(&groups_lock);
    if (group != fresh)
        free_group(fresh);
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
