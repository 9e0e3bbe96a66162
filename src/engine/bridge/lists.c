/*
 * Lists between JavaScript and the host: header maps as proxy-wasm serialises them (count; length of name and value of each pair; then
 * each name and value with a zero byte behind it), property paths (segments separated by zero bytes).
 */

static inline uint32_t load_u32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

static inline void store_u32(uint8_t *bytes, uint32_t value)
{
    memcpy(bytes, &value, sizeof(value));
}

/* A flat JS array from a serialised map. A list that contradicts itself ends where it does. */
static JSValue new_header_list(JSContext *ctx, const uint8_t *map, size_t size)
{
    size_t count = size < 4 ? 0 : load_u32(map);
    if (count == 0 || count > (size - 4) / 8)
        return JS_NewArray(ctx);
    const uint8_t *end = map + size;
    const uint8_t *lengths = map + 4;
    const uint8_t *bytes = lengths + count * 8;
    JSValue *values = malloc(count * 2 * sizeof(JSValue));
    if (values == NULL)
        return JS_ThrowOutOfMemory(ctx);
    int filled = 0;
    for (size_t index = 0; index < count * 2; index++) {
        size_t length = load_u32(lengths);
        if (length >= (size_t)(end - bytes))
            break;
        JSValue value = new_byte_string(ctx, bytes, length);
        if (JS_IsException(value)) {
            while (filled > 0)
                JS_FreeValue(ctx, values[--filled]);
            free(values);
            return value;
        }
        values[filled++] = value;
        bytes += length + 1;
        lengths += 4;
    }
    /* The array takes the values over. */
    JSValue array = JS_NewArrayFrom(ctx, filled, values);
    free(values);
    return array;
}

static void release_texts(JSContext *ctx, Text *texts, int count)
{
    for (int index = 0; index < count; index++)
        release_text(ctx, &texts[index]);
    free(texts);
}

/* -1: that is thrown. */
static int list_length(JSContext *ctx, JSValueConst array)
{
    int64_t length;
    if (JS_GetLength(ctx, array, &length) < 0)
        return -1;
    return length <= INT32_MAX || throw_bad_argument(ctx) ? (int)length : -1;
}

/* The strings of an array and their total length. NULL: an element is not a string of that kind, or memory is short; that is thrown. */
static Text *read_texts(JSContext *ctx, JSValueConst array, int count, bool are_bytes, size_t *total)
{
    Text *texts = calloc(count + 1, sizeof(Text));
    if (texts == NULL) {
        JS_ThrowOutOfMemory(ctx);
        return NULL;
    }
    *total = 0;
    for (int index = 0; index < count; index++) {
        Text *text = &texts[index];
        JSValue value = JS_GetPropertyUint32(ctx, array, index);
        bool is_read = !JS_IsException(value) && (are_bytes ? read_byte_string(ctx, value, text) : read_utf8(ctx, value, text));
        JS_FreeValue(ctx, value);
        if (!is_read) {
            release_texts(ctx, texts, count);
            return NULL;
        }
        *total += text->length;
    }
    return texts;
}

/* Copies texts, each with a zero byte behind it. */
static void copy_texts(uint8_t *bytes, const Text *texts, int count)
{
    for (int index = 0; index < count; index++) {
        memcpy(bytes, texts[index].bytes, texts[index].length);
        bytes += texts[index].length;
        *bytes++ = 0;
    }
}

/* Serialises a flat JS array of byte strings into an empty `out`. false: not such an array, and an error is thrown. */
static bool serialise_headers(JSContext *ctx, JSValueConst array, Text *out)
{
    int count = list_length(ctx, array);
    if (count < 0)
        return false;
    if (count % 2 != 0)
        return throw_bad_argument(ctx);
    size_t total;
    Text *texts = read_texts(ctx, array, count, true, &total);
    if (texts == NULL)
        return false;
    out->length = 4 + (size_t)count * 5 + total;
    out->owned = malloc(out->length);
    out->bytes = out->owned;
    if (out->owned != NULL) {
        store_u32(out->owned, count / 2);
        for (int index = 0; index < count; index++)
            store_u32(out->owned + 4 + (size_t)index * 4, texts[index].length);
        copy_texts(out->owned + 4 + (size_t)count * 4, texts, count);
    }
    release_texts(ctx, texts, count);
    return out->owned != NULL || throw_out_of_memory(ctx);
}

/* Serialises a property path into an empty `out`. false: not an array of strings, and an error is thrown. */
static bool serialise_path(JSContext *ctx, JSValueConst array, Text *out)
{
    int count = list_length(ctx, array);
    if (count < 0)
        return false;
    size_t total;
    Text *texts = read_texts(ctx, array, count, false, &total);
    if (texts == NULL)
        return false;
    out->length = total + (count > 0 ? count - 1 : 0);
    out->owned = malloc(out->length + 1);
    out->bytes = out->owned;
    if (out->owned != NULL)
        copy_texts(out->owned, texts, count);
    release_texts(ctx, texts, count);
    return out->owned != NULL || throw_out_of_memory(ctx);
}
