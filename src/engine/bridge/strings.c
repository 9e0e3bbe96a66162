/*
 * Strings between JavaScript and the host. Header names and values are byte strings (one char a byte, U+0000 to U+00FF), which QuickJS
 * has in this form; everything else is UTF-8.
 */

/* Where the bytes of an argument are, until `release_text`. An empty one has zeros. */
typedef struct {
    const uint8_t *bytes;
    size_t length;
    uint8_t *owned; /* What was allocated for it. */
    JSValue held;   /* The string that has the bytes. */
} Text;

static bool throw_bad_argument(JSContext *ctx)
{
    JS_Throw(ctx, JS_NewError(ctx));
    return false;
}

static bool throw_out_of_memory(JSContext *ctx)
{
    JS_ThrowOutOfMemory(ctx);
    return false;
}

/* The UTF-8 bytes of a JS string, in an empty `text`. false: not a string, and an error is thrown. */
static bool read_utf8(JSContext *ctx, JSValueConst value, Text *text)
{
    if (!JS_IsString(value))
        return throw_bad_argument(ctx);
    const char *utf8 = JS_ToCStringLen(ctx, &text->length, value);
    if (utf8 == NULL)
        return false;
    text->bytes = (const uint8_t *)utf8;
    /* As `JS_FreeCString` takes it. */
    text->held = JS_MKPTR(JS_TAG_STRING, (JSString *)utf8 - 1);
    return true;
}

/* The bytes of a string with room for larger chars. */
static bool narrow_text(JSContext *ctx, JSString *string, Text *text)
{
    const uint16_t *units = str16(string);
    js_charge(string->len >> 5);
    text->owned = malloc(string->len);
    if (text->owned == NULL)
        return throw_out_of_memory(ctx);
    text->bytes = text->owned;
    for (size_t index = 0; index < string->len; index++) {
        if (units[index] > 0xff)
            return throw_bad_argument(ctx);
        text->owned[index] = units[index];
    }
    return true;
}

/* The bytes of a byte string, in an empty `text`. false: not a byte string, and an error is thrown; `text` is to be released. */
static bool read_byte_string(JSContext *ctx, JSValueConst value, Text *text)
{
    if (JS_VALUE_GET_TAG(value) == JS_TAG_STRING) {
        text->held = js_dup(value);
    } else if (JS_VALUE_GET_TAG(value) == JS_TAG_STRING_ROPE) {
        JSValue flat = js_linearize_string_rope(ctx, value);
        if (JS_IsException(flat))
            return false;
        text->held = flat;
    } else {
        return throw_bad_argument(ctx);
    }
    JSString *string = JS_VALUE_GET_STRING(text->held);
    text->length = string->len;
    if (string->is_wide_char)
        return narrow_text(ctx, string, text);
    text->bytes = str8(string);
    return true;
}

static inline void release_text(JSContext *ctx, Text *text)
{
    if (text->owned != NULL)
        free(text->owned);
    JS_FreeValue(ctx, text->held);
}

static JSValue new_byte_string(JSContext *ctx, const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return js_empty_string(ctx->rt);
    if (length > JS_STRING_LEN_MAX)
        return JS_ThrowRangeError(ctx, "invalid string length");
    return js_new_string8_len(ctx, (const char *)bytes, length);
}
