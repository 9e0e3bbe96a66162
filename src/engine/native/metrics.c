/* Metrics, in the memory of the process: Envoy lets filters define such only while a configuration is made. */

typedef struct {
    char *name;
    size_t length;
    int32_t kind;
    int64_t value;
} Metric;

static struct {
    pthread_mutex_t lock;
    Metric *all;
    int32_t count, room;
} metrics = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The number of the metric, from 1 on; 0: memory is short. */
static int32_t define_metric(int32_t kind, const uint8_t *name, size_t length)
{
    for (int32_t index = 0; index < metrics.count; index++) {
        const Metric *metric = &metrics.all[index];
        if (metric->kind == kind && metric->length == length && memcmp(metric->name, name, length) == 0)
            return index + 1;
    }
    if (metrics.count == metrics.room) {
        int32_t room = metrics.room == 0 ? 64 : metrics.room * 2;
        Metric *all = realloc(metrics.all, (size_t)room * sizeof(*all));
        if (all == NULL)
            return 0;
        metrics.all = all;
        metrics.room = room;
    }
    char *copy = (char *)copy_bytes(malloc, name, length);
    if (copy == NULL)
        return 0;
    metrics.all[metrics.count] = (Metric){copy, length, kind, 0};
    return ++metrics.count;
}

static int32_t proxy_define_metric(int32_t kind, const uint8_t *name, size_t length, int32_t *metric)
{
    pthread_mutex_lock(&metrics.lock);
    *metric = define_metric(kind, name, length);
    pthread_mutex_unlock(&metrics.lock);
    return *metric == 0 ? STATUS_INTERNAL_FAILURE : STATUS_OK;
}

static int32_t change_metric(int32_t number, int64_t value, bool add)
{
    int32_t status = STATUS_NOT_FOUND;
    pthread_mutex_lock(&metrics.lock);
    if (number > 0 && number <= metrics.count) {
        Metric *metric = &metrics.all[number - 1];
        metric->value = add ? metric->value + value : value;
        status = STATUS_OK;
    }
    pthread_mutex_unlock(&metrics.lock);
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
    pthread_mutex_lock(&metrics.lock);
    if (number > 0 && number <= metrics.count) {
        *value = metrics.all[number - 1].value;
        status = STATUS_OK;
    }
    pthread_mutex_unlock(&metrics.lock);
    return status;
}
