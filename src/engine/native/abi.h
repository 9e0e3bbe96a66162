/*
 * Envoy's interface for dynamic modules, as far as it is used: functions that Envoy has, types and numbers that it takes and gives. The
 * same in 1.38, 1.39 and 1.40.
 */

/* Bytes that whoever gives them keeps. */
typedef struct {
    const char *bytes;
    size_t length;
} AbiBuffer;

typedef struct {
    const char *name;
    size_t name_length;
    const char *value;
    size_t value_length;
} AbiHeader;

/* Maps of headers have proxy-wasm's numbers, from the request's headers to the response's trailers; levels of the log, too. */
enum { ABI_LEVEL_TRACE, ABI_LEVEL_OFF = 6 };
/* Of each half: what has just come, and what Envoy keeps. */
enum { ABI_RECEIVED, ABI_KEPT, ABI_BODIES };
/* How a call of an upstream began: or not, for its head lacks something, or Envoy knows no such cluster. */
enum { ABI_CALL_BEGUN, ABI_CALL_INCOMPLETE, ABI_CALL_UNKNOWN };
/* What becomes of a metric that is defined. */
enum { ABI_METRIC_DONE };
/* How a stream is reset: by this side. */
enum { ABI_RESET_LOCAL };

#define ABI_CALLBACK(name) envoy_dynamic_module_callback_##name
#define ABI_EVENT(name) __attribute__((visibility("default"))) envoy_dynamic_module_on_##name

extern void ABI_CALLBACK(log)(int level, AbiBuffer message);
extern bool ABI_CALLBACK(log_enabled)(int level);
extern uint32_t ABI_CALLBACK(get_concurrency)(void);

extern bool ABI_CALLBACK(http_get_header)(void *filter, int map, AbiBuffer name, AbiBuffer *value, size_t index, size_t *count);
extern size_t ABI_CALLBACK(http_get_headers_size)(void *filter, int map);
extern bool ABI_CALLBACK(http_get_headers)(void *filter, int map, AbiHeader *headers);
/* Without a value the header is removed. */
extern bool ABI_CALLBACK(http_set_header)(void *filter, int map, AbiBuffer name, AbiBuffer value);
extern bool ABI_CALLBACK(http_add_header)(void *filter, int map, AbiBuffer name, AbiBuffer value);

extern size_t ABI_CALLBACK(http_get_body_size)(void *filter, int body);
extern size_t ABI_CALLBACK(http_get_body_chunks_size)(void *filter, int body);
extern bool ABI_CALLBACK(http_get_body_chunks)(void *filter, int body, AbiBuffer *chunks);
extern bool ABI_CALLBACK(http_append_body)(void *filter, int body, AbiBuffer data);
extern bool ABI_CALLBACK(http_drain_body)(void *filter, int body, size_t length);
/* What has just come has been put to what is kept. */
extern bool ABI_CALLBACK(http_received_buffered_request_body)(void *filter);
extern bool ABI_CALLBACK(http_received_buffered_response_body)(void *filter);

extern void ABI_CALLBACK(http_send_response)(
    void *filter, uint32_t status, AbiHeader *headers, size_t count, AbiBuffer body, AbiBuffer details);
extern void ABI_CALLBACK(http_filter_continue_decoding)(void *filter);
extern void ABI_CALLBACK(http_filter_continue_encoding)(void *filter);
extern void ABI_CALLBACK(http_filter_reset_stream)(void *filter, int reason, AbiBuffer details);

extern uint32_t ABI_CALLBACK(http_filter_get_worker_index)(void *filter);
extern bool ABI_CALLBACK(http_filter_get_attribute_string)(void *filter, int attribute, AbiBuffer *value);
extern bool ABI_CALLBACK(http_filter_get_attribute_int)(void *filter, int attribute, uint64_t *value);
extern bool ABI_CALLBACK(http_filter_get_attribute_bool)(void *filter, int attribute, bool *value);
extern bool ABI_CALLBACK(http_set_filter_state_bytes)(void *filter, AbiBuffer key, AbiBuffer value);
extern bool ABI_CALLBACK(http_get_filter_state_bytes)(void *filter, AbiBuffer key, AbiBuffer *value);

/* An event for a stream on its worker's thread, and for a configuration on the main thread; `commit` may be called on any thread. */
extern void *ABI_CALLBACK(http_filter_scheduler_new)(void *filter);
extern void ABI_CALLBACK(http_filter_scheduler_commit)(void *scheduler, uint64_t event);
extern void ABI_CALLBACK(http_filter_scheduler_delete)(void *scheduler);
extern void *ABI_CALLBACK(http_filter_config_scheduler_new)(void *config);
extern void ABI_CALLBACK(http_filter_config_scheduler_commit)(void *scheduler, uint64_t event);
extern void ABI_CALLBACK(http_filter_config_scheduler_delete)(void *scheduler);

/* On the main thread only. */
extern int ABI_CALLBACK(http_filter_config_http_callout)(
    void *config, uint64_t *call, AbiBuffer cluster, AbiHeader *headers, size_t count, AbiBuffer body, uint64_t milliseconds);

/* While a configuration is made. Without labels the metric has none. */
extern int ABI_CALLBACK(http_filter_config_define_counter)(void *config, AbiBuffer name, const AbiBuffer *labels, size_t count, size_t *id);
extern int ABI_CALLBACK(http_filter_config_define_gauge)(void *config, AbiBuffer name, const AbiBuffer *labels, size_t count, size_t *id);
extern int ABI_CALLBACK(http_filter_config_define_histogram)(void *config, AbiBuffer name, const AbiBuffer *labels, size_t count, size_t *id);
extern int ABI_CALLBACK(http_filter_increment_counter)(void *filter, size_t id, const AbiBuffer *labels, size_t count, uint64_t by);
extern int ABI_CALLBACK(http_filter_set_gauge)(void *filter, size_t id, const AbiBuffer *labels, size_t count, uint64_t value);
extern int ABI_CALLBACK(http_filter_record_histogram_value)(void *filter, size_t id, const AbiBuffer *labels, size_t count, uint64_t value);
/* The same without an exchange. Envoy 1.38 has none of these. */
#define ABI_SINCE_1_39 __attribute__((weak))
extern ABI_SINCE_1_39 int ABI_CALLBACK(http_filter_config_increment_counter)(
    void *config, size_t id, const AbiBuffer *labels, size_t count, uint64_t by);
extern ABI_SINCE_1_39 int ABI_CALLBACK(http_filter_config_set_gauge)(
    void *config, size_t id, const AbiBuffer *labels, size_t count, uint64_t value);
extern ABI_SINCE_1_39 int ABI_CALLBACK(http_filter_config_record_histogram_value)(
    void *config, size_t id, const AbiBuffer *labels, size_t count, uint64_t value);
