/* Base64 (RFC 4648, sections 4 and 5), as `Uint8Array.fromBase64()` and `toBase64()` have it (ECMAScript, section 23.3). */

/* How the last chunk may end. */
enum { CHUNK_LOOSE, CHUNK_STRICT, CHUNK_STOP };
/* What one step of the work counter stands for. */
#define BASE64_PER_WORK 64

static inline bool is_ascii_space(uint8_t unit)
{
    return unit == ' ' || (unit >= '\t' && unit <= '\r' && unit != '\v');
}

/* Of a char in the alphabet; 64: it is not. */
static inline uint32_t base64_value(uint8_t unit, bool url)
{
    if (unit >= 'A' && unit <= 'Z')
        return unit - 'A';
    if (unit >= 'a' && unit <= 'z')
        return unit - 'a' + 26;
    if (unit >= '0' && unit <= '9')
        return unit - '0' + 52;
    return unit == (url ? '-' : '+') ? 62 : unit == (url ? '_' : '/') ? 63 : 64;
}

static inline size_t base64_next(const uint8_t *text, size_t at, size_t length)
{
    while (at < length && is_ascii_space(text[at]))
        at++;
    return at;
}

/* Writes the bytes to `out`, which has room for three of four chars. How many; negative: the text is wrong. */
static ptrdiff_t base64_decode(const uint8_t *text, size_t length, bool url, int chunk, uint8_t *out)
{
    size_t at = 0, written = 0;
    uint32_t held = 0, count = 0;
    while ((at = base64_next(text, at, length)) < length && text[at] != '=') {
        uint32_t value = base64_value(text[at++], url);
        if (value == 64)
            return -1;
        held = held << 6 | value;
        if (++count == 4) {
            out[written++] = held >> 16;
            out[written++] = held >> 8;
            out[written++] = held;
            held = count = 0;
        }
    }
    bool padded = at < length;
    if (padded) {
        if (count < 2)
            return -1;
        at = base64_next(text, at + 1, length);
        if (count == 2) {
            if (at == length && chunk == CHUNK_STOP)
                return written;
            if (at == length || text[at] != '=')
                return -1;
            at = base64_next(text, at + 1, length);
        }
        if (at < length)
            return -1;
    } else if (chunk == CHUNK_STOP) {
        return written;
    }
    if (count == 0)
        return written;
    /* The bits of `held` that belong to no byte. */
    uint32_t rest = count == 3 ? held & 3 : held & 15;
    if (count == 1 || (chunk == CHUNK_STRICT && (!padded || rest != 0)))
        return -1;
    held <<= count == 3 ? 6 : 12;
    out[written++] = held >> 16;
    if (count == 3)
        out[written++] = held >> 8;
    return written;
}

/* (text, whether its alphabet is Base64url's, how the last chunk may end): undefined where it is no Base64. */
NATIVE(decodeBase64) JSValue platform_decode_base64(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text text = {0};
    if (!read_utf8(ctx, values[0], &text))
        return JS_EXCEPTION;
    JSValue result = JS_EXCEPTION;
    if (quickjs_work(ctx, text.length / BASE64_PER_WORK)) {
        uint8_t *bytes = malloc(text.length / 4 * 3 + 3);
        ptrdiff_t length = bytes == NULL
            ? 0
            : base64_decode(text.bytes, text.length, JS_ToBool(ctx, values[1]) > 0, i32_argument(ctx, values[2]), bytes);
        if (bytes == NULL)
            JS_ThrowOutOfMemory(ctx);
        else if (length >= 0)
            result = JS_NewUint8ArrayCopy(ctx, bytes, length);
        else
            result = JS_UNDEFINED;
        free(bytes);
    }
    release_text(ctx, &text);
    return result;
}

/* (bytes, whether the alphabet is Base64url's, whether to leave out the padding) */
NATIVE(encodeBase64) JSValue platform_encode_base64(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    size_t length;
    const uint8_t *bytes = JS_GetUint8Array(ctx, &length, values[0]);
    if (bytes == NULL || !quickjs_work(ctx, length / BASE64_PER_WORK))
        return JS_EXCEPTION;
    bool url = JS_ToBool(ctx, values[1]) > 0, unpadded = JS_ToBool(ctx, values[2]) > 0;
    uint8_t *text = malloc((length + 2) / 3 * 4 + 1);
    if (text == NULL)
        return JS_ThrowOutOfMemory(ctx);
    size_t written = 0;
    for (size_t at = 0; at < length; at += 3) {
        size_t left = length - at;
        uint32_t three = bytes[at] << 16 | (left > 1 ? bytes[at + 1] << 8 : 0) | (left > 2 ? bytes[at + 2] : 0);
        for (int place = 0; place < 4; place++) {
            uint32_t value = three >> (18 - 6 * place) & 63;
            if ((size_t)place > left) {
                if (!unpadded)
                    text[written++] = '=';
            } else {
                text[written++] = value < 26 ? 'A' + value
                    : value < 52 ? 'a' + value - 26
                    : value < 62 ? '0' + value - 52
                    : value == 62 ? (url ? '-' : '+') : (url ? '_' : '/');
            }
        }
    }
    JSValue result = new_byte_string(ctx, text, written);
    free(text);
    return result;
}
