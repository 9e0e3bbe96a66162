/*
 * Metrics in Envoy's statistics. Envoy lets a filter define such only while its configuration is made, with the names of their labels; values
 * of labels come when something is counted. A metric's name has its labels behind it (`src/abi/metric-label.ts`): `<name>;<label>=<value>`. All
 * here is under the lock of the metrics.
 */

enum { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

typedef struct Family Family;

typedef struct {
    char *name;
    size_t length;
    int32_t kind;
    int64_t value;
    const Family *family; /* NULL: Envoy has none of it */
    AbiBuffer *labels;    /* values, in the family's order */
    /* Envoy shall have it as soon as it can: a counter's growth, or that a gauge has another value. */
    int64_t pending;
} Metric;

static pthread_mutex_t metrics_lock = PTHREAD_MUTEX_INITIALIZER;

/* Metrics that differ in values of labels only. They are never forgotten: a configuration to come has them from the start. */
struct Family {
    const Family *next;
    int32_t kind;
    size_t number;
    AbiBuffer name;
    size_t count; /* of labels */
    AbiBuffer labels[];
};

static const Family *families;
static size_t family_count;

/* Some metric's `pending` is not 0. */
static bool has_pending;

/* The next piece of a metric's name, which ends before `;`. */
static AbiBuffer next_piece(AbiBuffer *rest)
{
    const char *end = rest->length == 0 ? NULL : memchr(rest->bytes, ';', rest->length);
    size_t length = end == NULL ? rest->length : (size_t)(end - rest->bytes), taken = end == NULL ? length : length + 1;
    AbiBuffer piece = {rest->bytes, length};
    rest->bytes += taken;
    rest->length -= taken;
    return piece;
}

/* A label's name and its value, which is what stands behind it. */
static AbiBuffer label_name(AbiBuffer piece, AbiBuffer *value)
{
    const char *sign = piece.length == 0 ? NULL : memchr(piece.bytes, '=', piece.length);
    size_t length = sign == NULL ? piece.length : (size_t)(sign - piece.bytes);
    *value = sign == NULL ? (AbiBuffer){"", 0} : (AbiBuffer){sign + 1, piece.length - length - 1};
    return (AbiBuffer){piece.bytes, length};
}

static bool same_text(AbiBuffer left, AbiBuffer right)
{
    return left.length == right.length && (left.length == 0 || memcmp(left.bytes, right.bytes, left.length) == 0);
}

static size_t count_labels(AbiBuffer name)
{
    size_t count = 0;
    for (size_t index = 0; index < name.length; index++)
        count += name.bytes[index] == ';';
    return count;
}

static bool is_of_family(const Family *family, int32_t kind, AbiBuffer name)
{
    AbiBuffer value;
    if (family->kind != kind || family->count != count_labels(name) || !same_text(family->name, next_piece(&name)))
        return false;
    for (size_t index = 0; index < family->count; index++) {
        if (!same_text(family->labels[index], label_name(next_piece(&name), &value)))
            return false;
    }
    return true;
}

/* The family of a name with labels, with values of them or without. NULL: memory is short. */
static const Family *find_family(int32_t kind, AbiBuffer name)
{
    for (const Family *family = families; family != NULL; family = family->next) {
        if (is_of_family(family, kind, name))
            return family;
    }
    size_t count = count_labels(name);
    Family *family = malloc(sizeof(*family) + count * sizeof(AbiBuffer) + name.length);
    if (family == NULL)
        return NULL;
    char *bytes = (char *)&family->labels[count];
    memcpy(bytes, name.bytes, name.length);
    AbiBuffer rest = {bytes, name.length}, value;
    *family = (Family){.next = families, .kind = kind, .number = family_count++, .name = next_piece(&rest), .count = count};
    for (size_t index = 0; index < count; index++)
        family->labels[index] = label_name(next_piece(&rest), &value);
    return families = family;
}

/* Its family, and the values of its labels. */
static void find_series(Metric *metric)
{
    AbiBuffer name = {metric->name, metric->length};
    const Family *family = find_family(metric->kind, name);
    if (family == NULL)
        return;
    metric->labels = malloc(family->count * sizeof(AbiBuffer) + 1);
    if (metric->labels == NULL)
        return;
    metric->family = family;
    next_piece(&name);
    for (size_t index = 0; index < family->count; index++)
        label_name(next_piece(&name), &metric->labels[index]);
}

/* Envoy's number of the family in the configuration; 0: it has none. */
static size_t *family_place(Config *config, const Family *family)
{
    if (family->number >= config->family_room) {
        size_t room = family->number + 32, *ids = realloc(config->family_ids, room * sizeof(*ids));
        if (ids == NULL)
            return NULL;
        memset(ids + config->family_room, 0, (room - config->family_room) * sizeof(*ids));
        config->family_ids = ids;
        config->family_room = room;
    }
    return &config->family_ids[family->number];
}

/* While the configuration is made. */
static void define_family(Config *config, const Family *family)
{
    size_t *place = family_place(config, family), id;
    if (place == NULL || *place != 0)
        return;
    int defined = family->kind == METRIC_COUNTER
        ? ABI_CALLBACK(http_filter_config_define_counter)(config->envoy, family->name, family->labels, family->count, &id)
        : family->kind == METRIC_GAUGE
        ? ABI_CALLBACK(http_filter_config_define_gauge)(config->envoy, family->name, family->labels, family->count, &id)
        : ABI_CALLBACK(http_filter_config_define_histogram)(config->envoy, family->name, family->labels, family->count, &id);
    if (defined == ABI_METRIC_DONE)
        *place = id + 1;
}

static size_t family_id(const Config *config, const Family *family)
{
    return family->number < config->family_room ? config->family_ids[family->number] : 0;
}

/* false: Envoy has no such metric of this configuration, or takes none without an exchange. */
static bool tell_by(Metric *metric, const Config *config, void *stream, int64_t value)
{
    const Family *family = metric->family;
    size_t id = family == NULL ? 0 : family_id(config, family), count = family == NULL ? 0 : family->count;
    if (id-- == 0)
        return false;
    const AbiBuffer *labels = metric->labels;
    uint64_t growth = (uint64_t)(value + metric->pending);
    switch (metric->kind) {
    case METRIC_COUNTER:
        if (stream != NULL)
            ABI_CALLBACK(http_filter_increment_counter)(stream, id, labels, count, growth);
        else if (ABI_CALLBACK(http_filter_config_increment_counter) != NULL)
            ABI_CALLBACK(http_filter_config_increment_counter)(config->envoy, id, labels, count, growth);
        else
            return false;
        break;
    case METRIC_GAUGE:
        if (stream != NULL)
            ABI_CALLBACK(http_filter_set_gauge)(stream, id, labels, count, (uint64_t)metric->value);
        else if (ABI_CALLBACK(http_filter_config_set_gauge) != NULL)
            ABI_CALLBACK(http_filter_config_set_gauge)(config->envoy, id, labels, count, (uint64_t)metric->value);
        else
            return false;
        break;
    default:
        if (stream != NULL)
            ABI_CALLBACK(http_filter_record_histogram_value)(stream, id, labels, count, (uint64_t)value);
        else if (ABI_CALLBACK(http_filter_config_record_histogram_value) != NULL)
            ABI_CALLBACK(http_filter_config_record_histogram_value)(config->envoy, id, labels, count, (uint64_t)value);
        else
            return false;
    }
    metric->pending = 0;
    return true;
}

/* It has changed by that, or to it. */
static void tell_envoy(Metric *metric, int64_t value)
{
    const Stream *stream = effective_stream();
    const Config *config = effective_config();
    if (metric->family == NULL || (config != NULL && tell_by(metric, config, stream == NULL ? NULL : stream->envoy, value)))
        return;
    /* Values of histograms are lost. */
    if (metric->kind == METRIC_COUNTER)
        metric->pending += value;
    else if (metric->kind == METRIC_GAUGE)
        metric->pending = 1;
    if (metric->pending != 0)
        __atomic_store_n(&has_pending, true, __ATOMIC_RELAXED);
}

/* Somebody has defined it: it is to stand in Envoy's statistics, at 0 from the start. */
static void show_metric(Metric *metric)
{
    Root *root = effective_root();
    if (root == NULL || metric->family == NULL)
        return;
    Config *config = root->config;
    if (!config->is_made) {
        define_family(config, metric->family);
        if (metric->kind != METRIC_HISTOGRAM)
            tell_by(metric, config, NULL, 0);
    } else if (family_id(config, metric->family) == 0) {
        static const char late[] = "A metric was made when the configuration was there: Envoy's statistics lack it until the next one. ";
        char line[sizeof(late) + 200];
        int length = snprintf(line, sizeof(line), "%s%.*s", late, metric->length < 200 ? (int)metric->length : 200, metric->name);
        write_line(LOG_WARN, config->name, config->name_length, line, (size_t)length);
    }
}

/* The property `sluice.metric_labels`, of whatever runs: the kind as a digit, and a name with labels that have no values, of which there will be series. */
static int32_t declare_labels(const uint8_t *text, size_t length)
{
    Root *root = effective_root();
    if (root == NULL || length < 2 || text[0] < '0' || text[0] > '0' + METRIC_HISTOGRAM)
        return STATUS_BAD_ARGUMENT;
    pthread_mutex_lock(&metrics_lock);
    const Family *family = find_family(text[0] - '0', (AbiBuffer){(const char *)text + 1, length - 1});
    if (family != NULL && !root->config->is_made)
        define_family(root->config, family);
    pthread_mutex_unlock(&metrics_lock);
    return STATUS_OK;
}

/* What earlier ones have defined, before the guest's code runs. */
static void define_families(Config *config)
{
    pthread_mutex_lock(&metrics_lock);
    for (const Family *family = families; family != NULL; family = family->next)
        define_family(config, family);
    pthread_mutex_unlock(&metrics_lock);
}
