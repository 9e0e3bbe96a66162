/*
 * Configurations of filters. Envoy gives each two texts: its name in the log, and four parts on lines of their own: the policies' file,
 * the id of the VMs, `answers` where a filter before it answers for it, and all the rest, which is for the guest. Without a text it is that
 * filter which answers for others.
 */

/* Behind the next end of line; NULL: there is none. */
static const char *next_line(const char *from, const char *end)
{
    const char *line_end = memchr(from, '\n', (size_t)(end - from));
    return line_end == NULL ? NULL : line_end + 1;
}

/* Root contexts of the configuration in all VMs. false: the guest refuses it. */
static bool add_roots(Config *config)
{
    VmGroup *group = config->group;
    config->roots = calloc(group->count, sizeof(*config->roots));
    if (config->roots == NULL)
        return false;
    for (uint32_t index = 0; index < group->count; index++) {
        Vm *vm = &group->vms[index];
        Root *root = &config->roots[index];
        enter(vm, NULL);
        *root = (Root){.vm = vm, .config = config, .id = new_id(vm), .next = vm->roots};
        pthread_mutex_lock(&vm->inbox_lock);
        vm->roots = root;
        pthread_mutex_unlock(&vm->inbox_lock);
        bool accepted = configure_root(root);
        leave(vm);
        if (!accepted)
            return false;
    }
    return true;
}

static void remove_root(Root *root)
{
    Vm *vm = root->vm;
    enter(vm, NULL);
    if (vm->restarts_at == 0) {
        proxy_on_done(root->id);
        if (guest_has(EVENT_DELETE))
            proxy_on_delete(root->id);
    }
    end_ticks(root);
    pthread_mutex_lock(&vm->inbox_lock);
    Root **place = &vm->roots;
    while (*place != root)
        place = &(*place)->next;
    *place = root->next;
    pthread_mutex_unlock(&vm->inbox_lock);
    leave(vm);
}

static void free_config(Config *config)
{
    if (config->roots != NULL) {
        for (uint32_t index = 0; index < config->group->count; index++) {
            if (config->roots[index].vm != NULL)
                remove_root(&config->roots[index]);
        }
    }
    if (config->group != NULL)
        leave_group(config->group);
    if (config->scheduler != NULL)
        ABI_CALLBACK(http_filter_config_scheduler_delete)(config->scheduler);
    free_calls(config->asked);
    free_calls(config->begun);
    pthread_mutex_destroy(&config->lock);
    free(config->roots);
    free(config->family_ids);
    free(config->name);
    free(config->text);
    free(config);
}

const char *ABI_EVENT(program_init)(void)
{
    return "v0.2.0";
}

/* NULL refuses the configuration. */
const void *ABI_EVENT(http_filter_config_new)(void *envoy, AbiBuffer name, AbiBuffer text)
{
    Config *config = calloc(1, sizeof(*config));
    if (config == NULL)
        abort();
    config->last_asked = &config->asked;
    pthread_mutex_init(&config->lock, NULL);
    if (text.length == 0)
        return config;
    const char *end = text.bytes + text.length;
    const char *id = next_line(text.bytes, end), *answers = id == NULL ? NULL : next_line(id, end);
    const char *rest = answers == NULL ? NULL : next_line(answers, end);
    if (rest == NULL) {
        write_own_line("The filter's configuration has no lines for the policies' file, the VMs' id and who answers.");
        free_config(config);
        return NULL;
    }
    char *path = strndup(text.bytes, (size_t)(id - 1 - text.bytes)), *vm_id = strndup(id, (size_t)(answers - 1 - id));
    if (path == NULL || vm_id == NULL)
        abort();
    config->envoy = envoy;
    config->name = strndup(name.bytes, name.length);
    config->name_length = name.length;
    config->has_answering = rest - answers > 1;
    config->text_length = (size_t)(end - rest);
    config->text = malloc(config->text_length + 1);
    memcpy(config->text, rest, config->text_length);
    config->scheduler = ABI_CALLBACK(http_filter_config_scheduler_new)(envoy);
    config->group = use_group(path, vm_id);
    free(path);
    free(vm_id);
    if (config->group != NULL) {
        define_families(config);
        if (add_roots(config)) {
            config->is_made = true;
            return config;
        }
    }
    free_config(config);
    return NULL;
}

void ABI_EVENT(http_filter_config_destroy)(const void *module)
{
    free_config((Config *)module);
}

void ABI_EVENT(http_filter_config_scheduled)(void *envoy, const void *module, uint64_t event)
{
    Config *config = (Config *)module;
    begin_calls(config);
    for (uint32_t index = 0; index < config->group->count; index++)
        read_inbox(&config->group->vms[index], false);
}

void ABI_EVENT(http_filter_config_http_callout_done)(
    void *envoy, const void *module, uint64_t id, int result, AbiHeader *headers, size_t count, AbiBuffer *chunks, size_t chunk_count)
{
    end_call((Config *)module, id, headers, count, chunks, chunk_count);
}
