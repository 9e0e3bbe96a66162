/*
 * Configurations of filters. Envoy gives each two texts: what is the guest's, and a name, in which is what the host needs: what the filter
 * is called in the log, the id of its VMs, `answers` where a filter before it answers for it and else `-`, and the policies' file, with a
 * space behind each but the last. A name without a space is of that filter which answers for others.
 */

/* Behind the next space; NULL: there is none. */
static const char *next_part(const char *from, const char *end)
{
    const char *space = memchr(from, ' ', (size_t)(end - from));
    return space == NULL ? NULL : space + 1;
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
        enter(vm, NULL, false);
        /* A configuration is judged now, and does not wait for the time at which exchanges find a new engine. */
        if (vm->restarts_at != 0)
            restart_now(vm);
        *root = (Root){.vm = vm, .config = config, .id = new_id(vm), .next = vm->roots};
        pthread_mutex_lock(&vm->inbox_lock);
        vm->roots = root;
        pthread_mutex_unlock(&vm->inbox_lock);
        /* An engine that has ended while exchanges wait in it is their worker's to replace, which configures all anew. */
        bool accepted = vm->engine.ended || (has_engine(vm) && configure_root(root));
        leave(vm);
        if (!accepted)
            return false;
    }
    return true;
}

static void remove_root(Root *root)
{
    Vm *vm = root->vm;
    enter(vm, NULL, false);
    if (has_engine(vm)) {
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
    /* The event for what is in the inbox may have been asked of this configuration, and goes with it. */
    if (vm->inbox != NULL)
        ask_for_event(vm);
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
    const char *end = name.bytes + name.length, *id = next_part(name.bytes, end);
    if (id == NULL)
        return config;
    const char *answers = next_part(id, end), *file = answers == NULL ? NULL : next_part(answers, end);
    if (file == NULL) {
        write_own_line("The filter's name has no parts for the VMs' id, who answers and the policies' file: let Sluice write it.");
        free_config(config);
        return NULL;
    }
    char *path = strndup(file, (size_t)(end - file)), *vm_id = strndup(id, (size_t)(answers - 1 - id));
    if (path == NULL || vm_id == NULL)
        abort();
    config->envoy = envoy;
    config->name_length = (size_t)(id - 1 - name.bytes);
    config->name = strndup(name.bytes, config->name_length);
    config->has_answering = *answers == 'a';
    config->text_length = text.length;
    config->text = (char *)copy_bytes(malloc, text.bytes, text.length);
    if (config->name == NULL || config->text == NULL)
        abort();
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
