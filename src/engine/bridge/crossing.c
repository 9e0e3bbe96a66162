/*
 * Arguments and results of hostcalls between JavaScript and memory, as the functions of `generated/hostcalls.c` pass them: an argument
 * of bytes is a text until `release_arguments`, a result lies where the host was told to write it.
 */

/* Bytes that the host allocated in our memory. */
typedef struct {
    uint8_t *bytes;
    size_t length;
} Received;

static inline int32_t i32_argument(JSContext *ctx, JSValueConst value)
{
    int tag = JS_VALUE_GET_TAG(value);
    if (tag == JS_TAG_INT || tag == JS_TAG_BOOL)
        return JS_VALUE_GET_INT(value);
    int32_t number = 0;
    JS_ToInt32(ctx, &number, value);
    return number;
}

static int64_t i64_argument(JSContext *ctx, JSValueConst value)
{
    int64_t number = 0;
    JS_ToInt64(ctx, &number, value);
    return number;
}

/* The bytes of a Uint8Array stay where they are; undefined is empty. */
static bool read_bytes(JSContext *ctx, JSValueConst value, Text *text)
{
    if (JS_IsUndefined(value))
        return true;
    text->bytes = JS_GetUint8Array(ctx, &text->length, value);
    return text->bytes != NULL;
}

static inline void release_arguments(JSContext *ctx, Text *texts, int count)
{
    for (int index = 0; index < count; index++)
        release_text(ctx, &texts[index]);
}

/* An argument is not what it must be, and an error has been thrown. */
static JSValue refuse(JSContext *ctx, Text *texts, int count)
{
    release_arguments(ctx, texts, count);
    return JS_EXCEPTION;
}

static JSValue i64_result(JSContext *ctx, int64_t number)
{
    return JS_NewNumber(ctx, (double)number);
}

static JSValue nanoseconds_result(JSContext *ctx, uint64_t nanoseconds)
{
    return JS_NewNumber(ctx, (double)(nanoseconds / 1000000));
}

static JSValue utf8_result(JSContext *ctx, Received received)
{
    JSValue value = JS_NewStringLen(ctx, (const char *)received.bytes, received.length);
    free(received.bytes);
    return value;
}

static JSValue byte_string_result(JSContext *ctx, Received received)
{
    JSValue value = new_byte_string(ctx, received.bytes, received.length);
    free(received.bytes);
    return value;
}

/* The host's bytes become the array's. */
static JSValue bytes_result(JSContext *ctx, Received received)
{
    return adopt_bytes(ctx, received.bytes, received.length);
}

static JSValue headers_result(JSContext *ctx, Received received)
{
    JSValue list = new_header_list(ctx, received.bytes, received.length);
    free(received.bytes);
    return list;
}
