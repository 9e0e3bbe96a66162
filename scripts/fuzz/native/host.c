/*
 * A host for `libsluice` that is as small as can be: Envoy's functions for dynamic modules over exchanges that are made up at random, on
 * workers' threads beside the main one, or on one thread that is both. It is linked with the library under the compiler's sanitizers, which Envoy's own allocator
 * keeps from working in Envoy. What it does of HTTP is near enough to Envoy for every function and every order of events to occur; whether
 * policies do what they should is for other tests.
 *
 *   host <seed> <seconds> <workers; 0: one thread> <file of policies> <another one>
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "abi.h"
#define ABI_HOOK(name) envoy_dynamic_module_on_##name
#include "texts.h"

enum { REQUEST, RESPONSE, HALVES };
enum { FILTERS = 3, MAPS = 4, NOBODY = -1, MOST_THREADS = 9, SLEEPERS = 1000 };

typedef struct {
    char *name, *value;
    size_t name_length, value_length;
} Field;

typedef struct {
    Field *fields;
    size_t count, room;
} Map;

typedef struct {
    char *bytes;
    size_t length;
} Bytes;

typedef struct Exchange Exchange;

typedef struct {
    Exchange *exchange;
    int index;
    void *module;
} Filter;

typedef struct {
    int thread;
    uint64_t id; /* of the exchange, or 0 for a configuration */
    void *object;
} Scheduler;

typedef struct Scheduled Scheduled;
struct Scheduled {
    Scheduled *next;
    uint64_t exchange;
    void *object;
    uint64_t event;
};

typedef struct Callout Callout;
struct Callout {
    Callout *next;
    uint64_t id;
};

/* A thread's events. */
typedef struct {
    pthread_mutex_t lock;
    Scheduled *first, **last;
} Queue;

/* Whoever leaves it last destroys it, on its own thread. */
typedef struct {
    const void *module;
    int users; /* under `configs_lock` */
    bool ended; /* by an update */
    Callout *callouts;
} HostConfig;

/* Of one half of a message: how far it has come. */
typedef struct {
    int stopped; /* the filter that keeps it, or NOBODY */
    bool stopped_all, head_sent, head_done, ended, trailers_sent, started;
    Bytes kept, received;
    bool moved;
    int data_left;
} Half;

struct Exchange {
    Exchange *next;
    uint64_t id;
    int thread;
    Filter filters[FILTERS];
    HostConfig *configs[FILTERS];
    Map maps[MAPS];
    Half halves[HALVES];
    int answered_by;
    bool reset, complete;
    char *state;
    size_t state_length;
};

static _Thread_local uint64_t random_state, rounds, last_exchange;
static _Thread_local Exchange *exchanges;
/* 0: the main one, whose are configurations and calls. */
static _Thread_local int this_thread;
static int workers;
static uint64_t last_callout, all_exchanges;
static double end_time;
static Queue queues[MOST_THREADS];
static pthread_mutex_t configs_lock = PTHREAD_MUTEX_INITIALIZER;
static HostConfig *answering, *current[2]; /* under `configs_lock` */

static uint32_t chance(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return below == 0 ? 0 : (uint32_t)(random_state >> 20) % below;
}

/* Texts: of the lists in texts.h, joined, repeated, cut and damaged. */
static Bytes random_text(size_t most)
{
    char *bytes = malloc(most + 1);
    size_t length = 0;
    for (uint32_t pieces = 1 + chance(6); pieces > 0; pieces--) {
        const char *piece = texts[chance(TEXTS)];
        size_t size = strlen(piece);
        for (uint32_t times = chance(12) == 0 ? 1 + chance(3000) : 1; times > 0 && length + size <= most; times--) {
            memcpy(bytes + length, piece, size);
            length += size;
        }
    }
    while (length > 0 && chance(3) == 0)
        bytes[chance(length)] = (char)chance(256);
    return (Bytes){bytes, length};
}

static void set_field(Field *field, const char *name, size_t name_length, const char *value, size_t length)
{
    *field = (Field){malloc(name_length + 1), malloc(length + 1), name_length, length};
    memcpy(field->name, name, name_length);
    memcpy(field->value, value, length);
}

static void add_field(Map *map, const char *name, size_t name_length, const char *value, size_t length)
{
    if (map->count == map->room) {
        map->room = map->room * 2 + 8;
        map->fields = realloc(map->fields, map->room * sizeof(Field));
    }
    set_field(&map->fields[map->count++], name, name_length, value, length);
}

static void add_text(Map *map, const char *name, const char *value)
{
    add_field(map, name, strlen(name), value, strlen(value));
}

static void free_field(Field *field)
{
    free(field->name);
    free(field->value);
}

static void free_map(Map *map)
{
    for (size_t index = 0; index < map->count; index++)
        free_field(&map->fields[index]);
    free(map->fields);
    *map = (Map){0};
}

static bool is_named(const Field *field, AbiBuffer name)
{
    return field->name_length == name.length && memcmp(field->name, name.bytes, name.length) == 0;
}

static void remove_fields(Map *map, AbiBuffer name)
{
    size_t kept = 0;
    for (size_t index = 0; index < map->count; index++) {
        if (is_named(&map->fields[index], name))
            free_field(&map->fields[index]);
        else
            map->fields[kept++] = map->fields[index];
    }
    map->count = kept;
}

static void append(Bytes *to, const char *bytes, size_t length)
{
    if (length == 0)
        return;
    char *all = malloc(to->length + length);
    if (to->length > 0)
        memcpy(all, to->bytes, to->length);
    memcpy(all + to->length, bytes, length);
    free(to->bytes);
    *to = (Bytes){all, to->length + length};
}

static void clear(Bytes *bytes)
{
    free(bytes->bytes);
    *bytes = (Bytes){0};
}

/* Envoy's functions. */

static Exchange *exchange_of(void *filter)
{
    return ((Filter *)filter)->exchange;
}

static Map *map_of(void *filter, int map)
{
    if (map < 0 || map >= MAPS)
        abort();
    return &exchange_of(filter)->maps[map];
}

void ABI_CALLBACK(log)(int level, AbiBuffer message)
{
    static _Thread_local bool wanted, known;
    if (!known)
        wanted = getenv("HOST_LOG") != NULL;
    known = true;
    if (wanted)
        fprintf(stderr, "%d %.*s\n", level, (int)message.length, message.bytes);
}

bool ABI_CALLBACK(log_enabled)(int level)
{
    return true;
}

uint32_t ABI_CALLBACK(get_concurrency)(void)
{
    return workers == 0 ? 1 : (uint32_t)workers;
}

bool ABI_CALLBACK(http_get_header)(void *filter, int number, AbiBuffer name, AbiBuffer *value, size_t index, size_t *count)
{
    const Map *map = map_of(filter, number);
    *count = 0;
    for (size_t at = 0; at < map->count; at++) {
        if (is_named(&map->fields[at], name) && (*count)++ == index)
            *value = (AbiBuffer){map->fields[at].value, map->fields[at].value_length};
    }
    return *count > index;
}

size_t ABI_CALLBACK(http_get_headers_size)(void *filter, int map)
{
    return map_of(filter, map)->count;
}

bool ABI_CALLBACK(http_get_headers)(void *filter, int number, AbiHeader *headers)
{
    const Map *map = map_of(filter, number);
    for (size_t index = 0; index < map->count; index++)
        headers[index] = (AbiHeader){
            map->fields[index].name, map->fields[index].name_length, map->fields[index].value, map->fields[index].value_length};
    return true;
}

bool ABI_CALLBACK(http_set_header)(void *filter, int map, AbiBuffer name, AbiBuffer value)
{
    remove_fields(map_of(filter, map), name);
    if (value.bytes != NULL)
        add_field(map_of(filter, map), name.bytes, name.length, value.bytes, value.length);
    return true;
}

bool ABI_CALLBACK(http_add_header)(void *filter, int map, AbiBuffer name, AbiBuffer value)
{
    add_field(map_of(filter, map), name.bytes, name.length, value.bytes, value.length);
    return true;
}

static Bytes *body_at(void *filter, int body)
{
    Half *half = &exchange_of(filter)->halves[body / 2];
    return body % 2 == 0 ? &half->received : &half->kept;
}

size_t ABI_CALLBACK(http_get_body_size)(void *filter, int body)
{
    return body_at(filter, body)->length;
}

/* One byte, and the rest: whoever reads them has to join them. */
size_t ABI_CALLBACK(http_get_body_chunks_size)(void *filter, int body)
{
    size_t length = body_at(filter, body)->length;
    return length > 1 ? 2 : length;
}

bool ABI_CALLBACK(http_get_body_chunks)(void *filter, int body, AbiBuffer *chunks)
{
    const Bytes *bytes = body_at(filter, body);
    if (bytes->length == 0)
        return false;
    chunks[0] = (AbiBuffer){bytes->bytes, 1};
    if (bytes->length > 1)
        chunks[1] = (AbiBuffer){bytes->bytes + 1, bytes->length - 1};
    return true;
}

bool ABI_CALLBACK(http_append_body)(void *filter, int body, AbiBuffer data)
{
    append(body_at(filter, body), data.bytes, data.length);
    return true;
}

bool ABI_CALLBACK(http_drain_body)(void *filter, int body, size_t length)
{
    Bytes *bytes = body_at(filter, body), rest = {0};
    if (length > bytes->length)
        abort();
    append(&rest, bytes->bytes + length, bytes->length - length);
    clear(bytes);
    *bytes = rest;
    return true;
}

bool ABI_CALLBACK(http_received_buffered_request_body)(void *filter)
{
    return exchange_of(filter)->halves[REQUEST].moved;
}

bool ABI_CALLBACK(http_received_buffered_response_body)(void *filter)
{
    return exchange_of(filter)->halves[RESPONSE].moved;
}

uint32_t ABI_CALLBACK(http_filter_get_worker_index)(void *filter)
{
    return workers == 0 ? 0 : (uint32_t)this_thread - 1;
}

bool ABI_CALLBACK(http_filter_get_attribute_string)(void *filter, int attribute, AbiBuffer *value)
{
    *value = (AbiBuffer){"attribute", attribute % 10};
    return attribute % 3 != 0;
}

bool ABI_CALLBACK(http_filter_get_attribute_int)(void *filter, int attribute, uint64_t *value)
{
    *value = (uint64_t)attribute;
    return attribute % 2 == 0;
}

bool ABI_CALLBACK(http_filter_get_attribute_bool)(void *filter, int attribute, bool *value)
{
    *value = true;
    return true;
}

bool ABI_CALLBACK(http_set_filter_state_bytes)(void *filter, AbiBuffer key, AbiBuffer value)
{
    Exchange *exchange = exchange_of(filter);
    free(exchange->state);
    exchange->state = malloc(value.length + 1);
    memcpy(exchange->state, value.bytes, value.length);
    exchange->state_length = value.length;
    return true;
}

bool ABI_CALLBACK(http_get_filter_state_bytes)(void *filter, AbiBuffer key, AbiBuffer *value)
{
    const Exchange *exchange = exchange_of(filter);
    *value = (AbiBuffer){exchange->state, exchange->state_length};
    return exchange->state != NULL;
}

static void *new_scheduler(int thread, uint64_t exchange, void *object)
{
    Scheduler *scheduler = malloc(sizeof(*scheduler));
    *scheduler = (Scheduler){thread, exchange, object};
    return scheduler;
}

static void commit(const Scheduler *scheduler, uint64_t event)
{
    Scheduled *one = malloc(sizeof(*one));
    *one = (Scheduled){NULL, scheduler->id, scheduler->object, event};
    Queue *queue = &queues[scheduler->thread];
    pthread_mutex_lock(&queue->lock);
    *queue->last = one;
    queue->last = &one->next;
    pthread_mutex_unlock(&queue->lock);
}

void *ABI_CALLBACK(http_filter_scheduler_new)(void *filter)
{
    return new_scheduler(exchange_of(filter)->thread, exchange_of(filter)->id, filter);
}

void ABI_CALLBACK(http_filter_scheduler_commit)(void *scheduler, uint64_t event)
{
    commit(scheduler, event);
}

void ABI_CALLBACK(http_filter_scheduler_delete)(void *scheduler)
{
    free(scheduler);
}

void *ABI_CALLBACK(http_filter_config_scheduler_new)(void *config)
{
    return new_scheduler(0, 0, config);
}

void ABI_CALLBACK(http_filter_config_scheduler_commit)(void *scheduler, uint64_t event)
{
    commit(scheduler, event);
}

void ABI_CALLBACK(http_filter_config_scheduler_delete)(void *scheduler)
{
    free(scheduler);
}

int ABI_CALLBACK(http_filter_config_http_callout)(
    void *config, uint64_t *id, AbiBuffer cluster, AbiHeader *headers, size_t count, AbiBuffer body, uint64_t milliseconds)
{
    HostConfig *host = config;
    uint32_t outcome = chance(8);
    if (outcome < 3 && outcome > 0)
        return ABI_CALL_INCOMPLETE + (int)outcome;
    Callout *callout = malloc(sizeof(*callout));
    *callout = (Callout){host->callouts, ++last_callout};
    *id = callout->id;
    host->callouts = callout;
    return ABI_CALL_BEGUN;
}

#define DEFINES(kind) \
    int ABI_CALLBACK(http_filter_config_define_##kind)(void *config, AbiBuffer name, const AbiBuffer *labels, size_t count, size_t *id) \
    { \
        static size_t last; \
        *id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED); \
        return chance(20) == 0; \
    }
#define COUNTS(name) \
    int ABI_CALLBACK(name)(void *owner, size_t id, const AbiBuffer *labels, size_t count, uint64_t value) \
    { \
        size_t sum = 0; \
        for (size_t index = 0; index < count; index++) \
            for (size_t at = 0; at < labels[index].length; at++) \
                sum += (uint8_t)labels[index].bytes[at]; \
        return sum == 1; \
    }

DEFINES(counter)
DEFINES(gauge)
DEFINES(histogram)
COUNTS(http_filter_increment_counter)
COUNTS(http_filter_set_gauge)
COUNTS(http_filter_record_histogram_value)
COUNTS(http_filter_config_increment_counter)
COUNTS(http_filter_config_set_gauge)
COUNTS(http_filter_config_record_histogram_value)

/* The library's functions. */

extern const char *ABI_HOOK(program_init)(void);
extern const void *ABI_HOOK(http_filter_config_new)(void *config, AbiBuffer name, AbiBuffer text);
extern void ABI_HOOK(http_filter_config_destroy)(const void *module);
extern void ABI_HOOK(http_filter_config_scheduled)(void *config, const void *module, uint64_t event);
extern void ABI_HOOK(http_filter_config_http_callout_done)(
    void *config, const void *module, uint64_t id, int result, AbiHeader *headers, size_t count, AbiBuffer *chunks, size_t chunk_count);
extern const void *ABI_HOOK(http_filter_new)(const void *module, void *filter);
extern int ABI_HOOK(http_filter_request_headers)(void *filter, void *module, bool end);
extern int ABI_HOOK(http_filter_request_body)(void *filter, void *module, bool end);
extern int ABI_HOOK(http_filter_request_trailers)(void *filter, void *module);
extern int ABI_HOOK(http_filter_response_headers)(void *filter, void *module, bool end);
extern int ABI_HOOK(http_filter_response_body)(void *filter, void *module, bool end);
extern int ABI_HOOK(http_filter_response_trailers)(void *filter, void *module);
extern void ABI_HOOK(http_filter_stream_complete)(void *filter, void *module);
extern void ABI_HOOK(http_filter_destroy)(void *module);
extern void ABI_HOOK(http_filter_scheduled)(void *filter, void *module, uint64_t event);

typedef int HeadHook(void *filter, void *module, bool end);
typedef int TrailersHook(void *filter, void *module);
static HeadHook *const head_hooks[] = {ABI_HOOK(http_filter_request_headers), ABI_HOOK(http_filter_response_headers)};
static HeadHook *const body_hooks[] = {ABI_HOOK(http_filter_request_body), ABI_HOOK(http_filter_response_body)};
static TrailersHook *const trailers_hooks[] = {ABI_HOOK(http_filter_request_trailers), ABI_HOOK(http_filter_response_trailers)};

/* Requests pass the filters in order, responses the other way. */
static int filter_at(int half, int place)
{
    return half == REQUEST ? place : FILTERS - 1 - place;
}

static bool is_over(const Exchange *exchange)
{
    return exchange->reset || exchange->complete;
}

/* The request ends where somebody has answered. */
static bool goes_on(const Exchange *exchange, int half)
{
    return !is_over(exchange) && (half == RESPONSE || exchange->answered_by == NOBODY);
}

static void start_response(Exchange *exchange);

static void half_done(Exchange *exchange, int half)
{
    if (half == REQUEST)
        start_response(exchange);
    else
        exchange->complete = true;
}

static void send_trailers(Exchange *exchange, int half, int place)
{
    Half *message = &exchange->halves[half];
    for (; place < FILTERS && goes_on(exchange, half); place++) {
        Filter *filter = &exchange->filters[filter_at(half, place)];
        if (filter->index == exchange->answered_by)
            continue;
        message->stopped = NOBODY;
        if (trailers_hooks[half](filter, filter->module) != 0) {
            if (message->stopped == NOBODY)
                message->stopped = place;
            return;
        }
    }
    if (place == FILTERS)
        half_done(exchange, half);
}

/* `received` goes through the filters from that place on. */
static void send_body(Exchange *exchange, int half, int place, bool end)
{
    Half *message = &exchange->halves[half];
    for (; place < FILTERS && goes_on(exchange, half); place++) {
        Filter *filter = &exchange->filters[filter_at(half, place)];
        if (filter->index == exchange->answered_by)
            continue;
        int answer = body_hooks[half](filter, filter->module, end && !message->trailers_sent);
        if (answer != 0) {
            message->stopped = place;
            message->moved = false;
            append(&message->kept, message->received.bytes, message->received.length);
            clear(&message->received);
            return;
        }
        /* What was kept goes along. */
        Bytes all = {0};
        append(&all, message->kept.bytes, message->kept.length);
        append(&all, message->received.bytes, message->received.length);
        clear(&message->kept);
        clear(&message->received);
        message->received = all;
        message->stopped = NOBODY;
        message->moved = false;
    }
    clear(&message->received);
    if (place == FILTERS && end && !message->trailers_sent)
        half_done(exchange, half);
}

static bool send_head(Exchange *exchange, int half, int place, bool end)
{
    Half *message = &exchange->halves[half];
    for (; place < FILTERS && goes_on(exchange, half); place++) {
        Filter *filter = &exchange->filters[filter_at(half, place)];
        if (filter->index == exchange->answered_by)
            continue;
        message->stopped = NOBODY;
        int answer = head_hooks[half](filter, filter->module, end);
        if (answer != 0) {
            message->stopped = place;
            message->stopped_all = answer > 2;
            return false;
        }
    }
    if (place < FILTERS)
        return false;
    message->head_done = true;
    if (end)
        half_done(exchange, half);
    return true;
}

static void go_on(Exchange *exchange, int half, int from)
{
    Half *message = &exchange->halves[half];
    bool end = message->ended;
    message->stopped = NOBODY;
    message->stopped_all = false;
    if (!message->head_done && !send_head(exchange, half, from, end && message->kept.length == 0 && !message->trailers_sent))
        return;
    if (!goes_on(exchange, half))
        return;
    if (message->kept.length > 0) {
        message->received = message->kept;
        message->kept = (Bytes){0};
        send_body(exchange, half, from, end);
    }
    if (message->trailers_sent && message->stopped == NOBODY && goes_on(exchange, half))
        send_trailers(exchange, half, from);
}

static void continue_from(void *pointer, int half)
{
    Filter *filter = pointer;
    Exchange *exchange = filter->exchange;
    const Half *message = &exchange->halves[half];
    if (goes_on(exchange, half) && message->started && message->stopped != NOBODY && filter_at(half, message->stopped) == filter->index)
        go_on(exchange, half, message->stopped + 1);
}

void ABI_CALLBACK(http_filter_continue_decoding)(void *filter)
{
    continue_from(filter, REQUEST);
}

void ABI_CALLBACK(http_filter_continue_encoding)(void *filter)
{
    continue_from(filter, RESPONSE);
}

void ABI_CALLBACK(http_filter_reset_stream)(void *filter, int reason, AbiBuffer details)
{
    exchange_of(filter)->reset = true;
}

void ABI_CALLBACK(http_send_response)(void *pointer, uint32_t status, AbiHeader *headers, size_t count, AbiBuffer body, AbiBuffer details)
{
    Filter *filter = pointer;
    Exchange *exchange = filter->exchange;
    Half *response = &exchange->halves[RESPONSE];
    if (is_over(exchange) || exchange->answered_by != NOBODY || response->started)
        return;
    exchange->answered_by = filter->index;
    response->started = response->head_sent = response->ended = true;
    free_map(&exchange->maps[RESPONSE * 2]);
    char text[12];
    snprintf(text, sizeof(text), "%u", status);
    add_text(&exchange->maps[RESPONSE * 2], ":status", text);
    for (size_t index = 0; index < count; index++)
        add_field(
            &exchange->maps[RESPONSE * 2], headers[index].name, headers[index].name_length, headers[index].value,
            headers[index].value_length);
    append(&response->received, body.bytes, body.length);
    Bytes given = response->received;
    response->received = (Bytes){0};
    bool passed = send_head(exchange, RESPONSE, 0, given.length == 0);
    if (given.length > 0 && goes_on(exchange, RESPONSE)) {
        if (passed) {
            response->received = given;
            send_body(exchange, RESPONSE, 0, true);
            return;
        }
        append(&response->kept, given.bytes, given.length);
    }
    clear(&given);
}

/* Exchanges that come and go. */

static void random_head(Exchange *exchange, int half)
{
    Map *map = &exchange->maps[half * 2];
    free_map(map);
    Bytes text = random_text(40);
    if (half == REQUEST) {
        add_text(map, ":method", chance(2) == 0 ? "POST" : "GET");
        add_text(map, ":path", chance(8) == 0 ? "*" : "/a/b?c=d&e=%20");
        add_text(map, ":authority", "host.test");
        add_text(map, ":scheme", "http");
        add_text(map, "x-op", operations[chance(OPERATIONS)]);
        add_text(map, "content-type", types[chance(TYPES)]);
        add_text(map, "cookie", "a=b; c=\"d\"; =; x");
        Bytes argument = random_text(chance(4) == 0 ? 20000 : 60);
        add_field(map, "x-arg", 5, argument.bytes, argument.length);
        free(argument.bytes);
    } else {
        add_text(map, ":status", chance(9) == 0 ? "204" : "200");
        add_text(map, "x-response-op", operations[chance(OPERATIONS)]);
    }
    for (uint32_t more = chance(40) == 0 ? 100 : chance(4); more > 0; more--)
        add_field(map, "x-more", 6, text.bytes, text.length);
    free(text.bytes);
}

static void begin_half(Exchange *exchange, int half)
{
    Half *message = &exchange->halves[half];
    message->started = true;
    message->data_left = (int)chance(4);
    random_head(exchange, half);
}

static void start_response(Exchange *exchange)
{
    if (!exchange->halves[RESPONSE].started && chance(20) != 0)
        begin_half(exchange, RESPONSE);
}

/* One thing more of that half. */
static void step_half(Exchange *exchange, int half)
{
    Half *message = &exchange->halves[half];
    if (!message->started || message->ended || !goes_on(exchange, half) || (half == RESPONSE && exchange->answered_by != NOBODY))
        return;
    if (!message->head_sent) {
        message->head_sent = true;
        message->ended = message->data_left == 0 && chance(3) != 0;
        send_head(exchange, half, 0, message->ended);
        return;
    }
    int from = message->stopped == NOBODY ? 0 : message->stopped;
    if (message->data_left-- > 0) {
        Bytes text = random_text(chance(6) == 0 ? 200000 : 500);
        message->ended = message->data_left <= 0 && chance(2) == 0;
        if (message->stopped != NOBODY && message->stopped_all) {
            append(&message->kept, text.bytes, text.length);
            free(text.bytes);
            return;
        }
        clear(&message->received);
        message->received = text;
        bool stopped = message->stopped != NOBODY;
        bool had_head = message->head_done;
        send_body(exchange, half, from, message->ended);
        if (stopped && !had_head && message->stopped == NOBODY && goes_on(exchange, half))
            go_on(exchange, half, from + 1);
        return;
    }
    message->ended = message->trailers_sent = true;
    add_text(&exchange->maps[half * 2 + 1], "x-trailer", "value");
    if (message->stopped == NOBODY || !message->stopped_all)
        send_trailers(exchange, half, from);
}

static HostConfig *use_config(HostConfig *config)
{
    pthread_mutex_lock(&configs_lock);
    config->users++;
    pthread_mutex_unlock(&configs_lock);
    return config;
}

static Exchange *begin_exchange(void)
{
    Exchange *exchange = calloc(1, sizeof(*exchange));
    exchange->id = ++last_exchange;
    exchange->thread = this_thread;
    exchange->answered_by = NOBODY;
    exchange->next = exchanges;
    exchanges = exchange;
    exchange->halves[REQUEST].stopped = exchange->halves[RESPONSE].stopped = NOBODY;
    pthread_mutex_lock(&configs_lock);
    HostConfig *configs[FILTERS] = {answering, current[0], current[1]};
    for (int index = 0; index < FILTERS; index++)
        configs[index]->users++;
    pthread_mutex_unlock(&configs_lock);
    for (int index = 0; index < FILTERS; index++) {
        Filter *filter = &exchange->filters[index];
        exchange->configs[index] = configs[index];
        *filter = (Filter){exchange, index, NULL};
        filter->module = (void *)ABI_HOOK(http_filter_new)(configs[index]->module, filter);
    }
    begin_half(exchange, REQUEST);
    return exchange;
}

static void leave_config(HostConfig *config)
{
    pthread_mutex_lock(&configs_lock);
    bool used = --config->users > 0;
    pthread_mutex_unlock(&configs_lock);
    if (used)
        return;
    if (config->module != NULL)
        ABI_HOOK(http_filter_config_destroy)(config->module);
    while (config->callouts != NULL) {
        Callout *callout = config->callouts;
        config->callouts = callout->next;
        free(callout);
    }
    /* What was scheduled for it is for nobody. */
    pthread_mutex_lock(&queues[0].lock);
    for (Scheduled *one = queues[0].first; one != NULL; one = one->next) {
        if (one->object == config)
            one->object = NULL;
    }
    pthread_mutex_unlock(&queues[0].lock);
    free(config);
}

static void end_exchange(Exchange *exchange)
{
    for (int index = 0; index < FILTERS; index++)
        ABI_HOOK(http_filter_stream_complete)(&exchange->filters[index], exchange->filters[index].module);
    for (int index = 0; index < FILTERS; index++)
        ABI_HOOK(http_filter_destroy)(exchange->filters[index].module);
    Exchange **place = &exchanges;
    while (*place != exchange)
        place = &(*place)->next;
    *place = exchange->next;
    for (int index = 0; index < FILTERS; index++)
        leave_config(exchange->configs[index]);
    for (int index = 0; index < MAPS; index++)
        free_map(&exchange->maps[index]);
    for (int half = 0; half < HALVES; half++) {
        clear(&exchange->halves[half].kept);
        clear(&exchange->halves[half].received);
    }
    free(exchange->state);
    free(exchange);
}

static Exchange *find_exchange(uint64_t id)
{
    Exchange *exchange = exchanges;
    while (exchange != NULL && exchange->id != id)
        exchange = exchange->next;
    return exchange;
}

/* Of what is scheduled for this thread. NULL: nothing. What is for a configuration holds it, unless that is going. */
static Scheduled *take_scheduled(void)
{
    Queue *queue = &queues[this_thread];
    pthread_mutex_lock(&queue->lock);
    Scheduled *one = queue->first;
    if (one != NULL) {
        queue->first = one->next;
        if (queue->first == NULL)
            queue->last = &queue->first;
        if (one->exchange == 0 && one->object != NULL) {
            HostConfig *config = one->object;
            pthread_mutex_lock(&configs_lock);
            if (config->users == 0)
                one->object = NULL;
            else
                config->users++;
            pthread_mutex_unlock(&configs_lock);
        }
    }
    pthread_mutex_unlock(&queue->lock);
    return one;
}

static bool run_scheduled(void)
{
    for (uint32_t most = 1 + chance(8); most > 0; most--) {
        Scheduled *one = take_scheduled();
        if (one == NULL)
            return false;
        Filter *filter = one->object;
        if (one->exchange == 0 && one->object != NULL) {
            HostConfig *config = one->object;
            ABI_HOOK(http_filter_config_scheduled)(config, config->module, one->event);
            leave_config(config);
        } else if (one->exchange != 0 && find_exchange(one->exchange) != NULL) {
            ABI_HOOK(http_filter_scheduled)(filter, filter->module, one->event);
        }
        free(one);
    }
    return true;
}

static void answer_callout(HostConfig *config)
{
    Callout *callout = config->callouts;
    if (callout == NULL)
        return;
    config->callouts = callout->next;
    Bytes text = random_text(300), more = random_text(10);
    AbiHeader headers[] = {{":status", 7, "200", 3}, {"x-text", 6, text.bytes, text.length}};
    AbiBuffer chunks[] = {{text.bytes, text.length}, {more.bytes, more.length}};
    bool failed = chance(4) == 0;
    use_config(config);
    ABI_HOOK(http_filter_config_http_callout_done)
    (config, config->module, callout->id, failed, headers, failed ? 0 : 2, chunks, failed ? 0 : chance(3));
    leave_config(config);
    free(text.bytes);
    free(more.bytes);
    free(callout);
}

/* Copies: nothing may read behind them. */
static HostConfig *make_config(Bytes name, const char *text)
{
    HostConfig *config = calloc(1, sizeof(*config));
    config->users = 1;
    Bytes own_name = {0}, own_text = {0};
    append(&own_name, name.bytes, name.length);
    append(&own_text, text, strlen(text));
    config->module = ABI_HOOK(http_filter_config_new)(
        config, (AbiBuffer){name.length == 0 ? "" : own_name.bytes, own_name.length},
        (AbiBuffer){own_text.length == 0 ? "" : own_text.bytes, own_text.length});
    clear(&own_name);
    clear(&own_text);
    return config;
}

static HostConfig *policy_config(const char *path, const char *use)
{
    char name[500], text[1000];
    const char *vm = chance(4) == 0 ? "another" : "vm";
    int length = snprintf(name, sizeof(name), "r/%s %s answers %s", use, vm, path);
    snprintf(
        text, sizeof(text),
        "{\"config\":{},\"sluice\":{\"name\":\"%s\",\"route\":\"r\",\"partialRequests\":\"%s\",\"onError\":\"%s\",\"holdsHeads\":true,"
        "\"limits\":{\"callbackMilliseconds\":50,\"memoryBytes\":16777216},\"upstreams\":{\"svc\":\"http://svc.test\"}}}",
        use, chance(2) == 0 ? "allow" : "prevent", chance(2) == 0 ? "allow" : "deny");
    return make_config((Bytes){name, (size_t)length}, text);
}

static void update(char **paths, int which)
{
    HostConfig *fresh = policy_config(paths[which == 0 ? 0 : chance(2)], which == 0 ? "first" : "second");
    if (fresh->module == NULL) {
        fprintf(stderr, "The configuration was refused.\n");
        abort();
    }
    pthread_mutex_lock(&configs_lock);
    HostConfig *old = current[which];
    current[which] = fresh;
    pthread_mutex_unlock(&configs_lock);
    if (old != NULL)
        leave_config(old);
}

/* Names that are no configuration's are refused and leave nothing behind. */
static void refuse(void)
{
    Bytes text = random_text(200);
    HostConfig *config = make_config(text, "{}");
    leave_config(config);
    free(text.bytes);
}

static void step_main(char **paths, uint32_t what)
{
    if (what < 80)
        run_scheduled();
    else if (what < 90)
        answer_callout(current[chance(2)]);
    else if (what == 90 && chance(10) == 0)
        update(paths, (int)chance(2));
    else if (what == 91 && chance(20) == 0)
        refuse();
}

static void step_worker(uint32_t what)
{
    int count = 0;
    Exchange *one = NULL;
    for (Exchange *exchange = exchanges; exchange != NULL; exchange = exchange->next) {
        if (chance((uint32_t)++count) == 0)
            one = exchange;
    }
    if (what < 12 && count < 20)
        begin_exchange();
    else if (what < 62 && one != NULL)
        step_half(one, chance(3) == 0 ? RESPONSE : REQUEST);
    else if (what < 64 && one != NULL)
        one->reset = true;
    else if (workers > 0)
        run_scheduled();
    Exchange *next;
    for (Exchange *exchange = exchanges; exchange != NULL; exchange = next) {
        next = exchange->next;
        if (is_over(exchange))
            end_exchange(exchange);
    }
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The end comes while they wait. */
static void begin_sleepers(void)
{
    for (int index = 0; index < SLEEPERS; index++) {
        Exchange *exchange = begin_exchange();
        Map *head = &exchange->maps[REQUEST];
        remove_fields(head, (AbiBuffer){"x-op", 4});
        add_text(head, "x-op", "wait");
        exchange->halves[REQUEST].data_left = 0;
        step_half(exchange, REQUEST);
    }
}

static void end_exchanges(void)
{
    while (exchanges != NULL)
        end_exchange(exchanges);
    __atomic_add_fetch(&all_exchanges, last_exchange, __ATOMIC_RELAXED);
}

static void *work(void *seed)
{
    this_thread = (int)(intptr_t)seed;
    random_state = (uint64_t)this_thread * 0x9e3779b97f4a7c15 + 1;
    for (; now() < end_time; rounds++)
        step_worker(chance(100));
    begin_sleepers();
    end_exchanges();
    return NULL;
}

static void tell_round(void)
{
    fprintf(stderr, "This was round %llu.\n", (unsigned long long)rounds);
}

void __sanitizer_set_death_callback(void (*callback)(void));

int main(int count, char **values)
{
    if (count != 6) {
        fprintf(stderr, "host <seed> <seconds> <workers> <file of policies> <another one>\n");
        return 2;
    }
    char **paths = values + 4;
    __sanitizer_set_death_callback(tell_round);
    random_state = strtoull(values[1], NULL, 10) * 0x9e3779b97f4a7c15 + 1;
    workers = atoi(values[3]);
    if (workers >= MOST_THREADS)
        return 2;
    for (int thread = 0; thread <= workers; thread++) {
        pthread_mutex_init(&queues[thread].lock, NULL);
        queues[thread].last = &queues[thread].first;
    }
    ABI_HOOK(program_init)();
    answering = make_config((Bytes){"answers", 7}, "");
    update(paths, 0);
    update(paths, 1);
    end_time = now() + strtod(values[2], NULL);
    pthread_t threads[MOST_THREADS];
    for (int thread = 1; thread <= workers; thread++)
        pthread_create(&threads[thread], NULL, work, (void *)(intptr_t)thread);
    for (; now() < end_time; rounds++) {
        uint32_t what = chance(100);
        if (workers > 0 || what >= 64)
            step_main(paths, what);
        if (workers == 0)
            step_worker(what);
        else
            usleep(chance(500));
    }
    if (workers == 0)
        begin_sleepers();
    for (int thread = 1; thread <= workers; thread++)
        pthread_join(threads[thread], NULL);
    end_exchanges();
    leave_config(current[0]);
    leave_config(current[1]);
    leave_config(answering);
    for (this_thread = 0; this_thread <= workers; this_thread++) {
        while (run_scheduled()) {
        }
    }
    printf("%llu rounds, %llu exchanges, %llu calls.\n", (unsigned long long)rounds, (unsigned long long)all_exchanges,
        (unsigned long long)last_callout);
    return 0;
}
