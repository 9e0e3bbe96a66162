/*
 * Metrics, in the memory of the process: all that VMs have defined, by number. Envoy has what of them stands in its statistics; see
 * envoy-metrics.c.
 */

static struct {
    Metric **all;
    int32_t count, room;
} metrics;

static Metric *find_metric(int32_t kind, const uint8_t *name, size_t length, int32_t *number)
{
    for (int32_t index = 0; index < metrics.count; index++) {
        Metric *metric = metrics.all[index];
        if (metric->kind == kind && metric->length == length && memcmp(metric->name, name, length) == 0) {
            *number = index + 1;
            return metric;
        }
    }
    return NULL;
}

/* NULL: memory is short. */
static Metric *add_metric(int32_t kind, const uint8_t *name, size_t length, int32_t *number)
{
    if (metrics.count == metrics.room) {
        int32_t room = metrics.room == 0 ? 64 : metrics.room * 2;
        Metric **all = realloc(metrics.all, (size_t)room * sizeof(*all));
        if (all == NULL)
            return NULL;
        metrics.all = all;
        metrics.room = room;
    }
    Metric *metric = calloc(1, sizeof(*metric));
    char *copy = (char *)copy_bytes(malloc, name, length);
    if (metric == NULL || copy == NULL) {
        free(metric);
        free(copy);
        return NULL;
    }
    *metric = (Metric){.name = copy, .length = length, .kind = kind};
    find_series(metric);
    metrics.all[metrics.count] = metric;
    *number = ++metrics.count;
    return metric;
}

static int32_t proxy_define_metric(int32_t kind, const uint8_t *name, size_t length, int32_t *number)
{
    pthread_mutex_lock(&metrics_lock);
    Metric *metric = find_metric(kind, name, length, number);
    if (metric == NULL)
        metric = add_metric(kind, name, length, number);
    if (metric != NULL)
        show_metric(metric);
    pthread_mutex_unlock(&metrics_lock);
    return metric == NULL ? STATUS_INTERNAL_FAILURE : STATUS_OK;
}

static int32_t change_metric(int32_t number, int64_t value, bool add)
{
    int32_t status = STATUS_NOT_FOUND;
    pthread_mutex_lock(&metrics_lock);
    if (number > 0 && number <= metrics.count) {
        Metric *metric = metrics.all[number - 1];
        metric->value = add ? metric->value + value : value;
        tell_envoy(metric, value);
        status = STATUS_OK;
    }
    pthread_mutex_unlock(&metrics_lock);
    return status;
}

static int32_t proxy_record_metric(int32_t metric, int64_t value)
{
    return change_metric(metric, value, false);
}

static int32_t proxy_increment_metric(int32_t metric, int64_t by)
{
    return change_metric(metric, by, true);
}

static int32_t proxy_get_metric(int32_t number, int64_t *value)
{
    int32_t status = STATUS_NOT_FOUND;
    pthread_mutex_lock(&metrics_lock);
    if (number > 0 && number <= metrics.count) {
        *value = metrics.all[number - 1]->value;
        status = STATUS_OK;
    }
    pthread_mutex_unlock(&metrics_lock);
    return status;
}

/* After an event of the exchange: what Envoy could not be told outside of any. */
static void tell_pending(const Stream *stream)
{
    if (!__atomic_load_n(&has_pending, __ATOMIC_RELAXED))
        return;
    pthread_mutex_lock(&metrics_lock);
    bool more = false;
    for (int32_t index = 0; index < metrics.count; index++) {
        Metric *metric = metrics.all[index];
        if (metric->pending != 0 && !tell_by(metric, stream->root->config, stream->envoy, 0))
            more = true;
    }
    __atomic_store_n(&has_pending, more, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&metrics_lock);
}
