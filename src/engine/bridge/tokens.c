/* Compact JSON Web Signatures (RFC 7515, section 7.1): a token is taken apart, read and verified in a call each. */

/* Of each of the two numbers of an ECDSA signature: P-521's. */
#define MOST_RAW_BYTES 66
/* A field's number, and its length below 2^32. */
#define MOST_FIELD_HEAD 6
#define LONGEST_HASH_NAME 8

/* What is left behind whole fours of chars is none, or stands for one byte or two and for bits that are zeros. */
static inline bool ends_well(uint32_t count, uint32_t bits)
{
    return count == 0 || (count == 2 && (bits & 15) == 0) || (count == 3 && (bits & 3) == 0);
}

/* No padding, no white space, and one text only for the same bytes: writes them to `out`, which has room for three of four chars. */
static ptrdiff_t base64url_decode(const uint8_t *text, size_t length, uint8_t *out)
{
    uint8_t *to = out;
    uint32_t held = 0, count = 0;
    for (size_t at = 0; at < length; at++) {
        uint32_t value = base64_value(text[at], true);
        if (value == 64)
            return -1;
        held = held << 6 | value;
        if (++count == 4) {
            *to++ = held >> 16;
            *to++ = held >> 8;
            *to++ = held;
            held = count = 0;
        }
    }
    if (!ends_well(count, held))
        return -1;
    if (count == 3) {
        *to++ = held >> 10;
        *to++ = held >> 2;
    } else if (count == 2) {
        *to++ = held >> 4;
    }
    return to - out;
}

/* Of a part of base64url; undefined where it is none. */
static JSValue bytes_of_part(JSContext *ctx, const uint8_t *text, size_t length)
{
    uint8_t *bytes = malloc(length / 4 * 3 + 3);
    if (bytes == NULL)
        return JS_ThrowOutOfMemory(ctx);
    ptrdiff_t written = base64url_decode(text, length, bytes);
    if (written < 0) {
        free(bytes);
        return JS_UNDEFINED;
    }
    return adopt_bytes(ctx, bytes, written);
}

static bool is_base64url(const uint8_t *text, size_t length)
{
    uint32_t value = 0;
    for (size_t at = 0; at < length; at++) {
        value = base64_value(text[at], true);
        if (value == 64)
            return false;
    }
    return ends_well(length & 3, value);
}

/* Where the next dot is; `end` where there is none. */
static const uint8_t *next_dot(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at != '.')
        at++;
    return at;
}

/* (token): its header as it is written, what is signed, the bytes of payload and signature; see `JwsFunctions` in `src/abi/port.ts`. */
NATIVE(splitToken) JSValue platform_split_token(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text text = {0};
    if (!read_utf8(ctx, values[0], &text))
        return JS_EXCEPTION;
    const uint8_t *token = text.bytes, *end = token + text.length;
    const uint8_t *first = next_dot(token, end);
    const uint8_t *second = first < end ? next_dot(first + 1, end) : end;
    JSValue result = JS_UNDEFINED;
    if (!quickjs_work(ctx, text.length / BASE64_PER_WORK)) {
        result = JS_EXCEPTION;
    } else if (first > token && second < end && is_base64url(token, first - token)) {
        JSValue parts[4];
        parts[3] = bytes_of_part(ctx, second + 1, end - second - 1);
        parts[2] = JS_IsUndefined(parts[3]) ? JS_UNDEFINED : bytes_of_part(ctx, first + 1, second - first - 1);
        if (JS_IsObject(parts[2]) && JS_IsObject(parts[3])) {
            parts[0] = new_byte_string(ctx, token, first - token);
            parts[1] = new_byte_string(ctx, token, second - token);
            result = JS_NewArrayFrom(ctx, countof(parts), parts);
        } else {
            result = JS_IsException(parts[2]) || JS_IsException(parts[3]) ? JS_EXCEPTION : JS_UNDEFINED;
            JS_FreeValue(ctx, parts[2]);
            JS_FreeValue(ctx, parts[3]);
        }
    }
    release_text(ctx, &text);
    return result;
}

static bool is_utf8(JSContext *ctx, const uint8_t *bytes, size_t length, bool *failed)
{
    if (is_ascii(bytes, length))
        return true;
    uint16_t *units = malloc(length * sizeof(*units));
    ptrdiff_t written = units == NULL ? UTF8_INTERRUPTED : utf16_from_utf8(ctx, bytes, length, units, true);
    if (units == NULL)
        JS_ThrowOutOfMemory(ctx);
    free(units);
    *failed = written == UTF8_INTERRUPTED;
    return written >= 0;
}

/* What strict JSON makes of it, if that is an object. */
static JSValue parse_strictly(JSContext *ctx, const uint8_t *bytes, size_t length)
{
    bool failed = false;
    JSValue value = JS_UNDEFINED;
    if (!is_utf8(ctx, bytes, length, &failed))
        return failed ? JS_EXCEPTION : JS_UNDEFINED;
    int result = json_parse(ctx, bytes, length, JSON_UTF8, true, &value);
    if (result != JSON_DONE)
        return result == JSON_OTHER ? JS_UNDEFINED : JS_EXCEPTION;
    if (JS_IsObject(value) && JS_VALUE_GET_OBJ(value)->class_id == JS_CLASS_OBJECT)
        return value;
    JS_FreeValue(ctx, value);
    return JS_UNDEFINED;
}

/* (bytes, or a text of base64url): the object of strict JSON in it, frozen; undefined where there is none. */
NATIVE(parseTokenPart) JSValue platform_parse_token_part(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    size_t length;
    if (!JS_IsString(values[0])) {
        const uint8_t *given = JS_GetUint8Array(ctx, &length, values[0]);
        return given == NULL ? JS_EXCEPTION : parse_strictly(ctx, given, length);
    }
    Text text = {0};
    if (!read_utf8(ctx, values[0], &text))
        return JS_EXCEPTION;
    JSValue result = JS_EXCEPTION;
    if (quickjs_work(ctx, text.length / BASE64_PER_WORK)) {
        uint8_t *bytes = malloc(text.length / 4 * 3 + 3);
        ptrdiff_t written = bytes == NULL ? 0 : base64url_decode(text.bytes, text.length, bytes);
        result = bytes == NULL ? JS_ThrowOutOfMemory(ctx) : written < 0 ? JS_UNDEFINED : parse_strictly(ctx, bytes, written);
        free(bytes);
    }
    release_text(ctx, &text);
    return result;
}

/* A field of Protocol Buffers whose type is bytes. */
static uint8_t *write_field(uint8_t *at, int number, const uint8_t *bytes, size_t length)
{
    *at++ = number << 3 | 2;
    size_t rest = length;
    for (; rest >= 0x80; rest >>= 7)
        *at++ = rest | 0x80;
    *at++ = rest;
    memcpy(at, bytes, length);
    return at + length;
}

/* Hosts call SHA-256 sha256. */
static size_t host_hash_name(uint8_t *name, const Text *hash)
{
    size_t length = 0;
    for (size_t at = 0; at < hash->length && length < LONGEST_HASH_NAME; at++) {
        if (hash->bytes[at] != '-')
            name[length++] = hash->bytes[at] | 0x20;
    }
    return length;
}

/* Ecdsa-Sig-Value (RFC 3279, section 2.2.3) of two numbers, one behind the other. */
static size_t write_ecdsa_signature(uint8_t *out, const uint8_t *raw, size_t size)
{
    uint8_t *end = der_element(out + DER_HEAD, TAG_INTEGER, raw, size);
    end = der_element(end, TAG_INTEGER, raw + size, size);
    return der_close(out, TAG_SEQUENCE, end) - out;
}

/* (hash, key, signature, data, bytes of a raw number): whether it is right; see `verifySignature` in natives.ts. */
NATIVE(verifySignature) JSValue platform_verify_signature(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    static const char function[] = "verify_signature";
    size_t key_length, signature_length, data_length;
    const uint8_t *key = JS_GetUint8Array(ctx, &key_length, values[1]);
    const uint8_t *signature = key == NULL ? NULL : JS_GetUint8Array(ctx, &signature_length, values[2]);
    const uint8_t *data = signature == NULL ? NULL : JS_GetUint8Array(ctx, &data_length, values[3]);
    size_t size = i32_argument(ctx, values[4]);
    uint8_t der[DER_HEAD + 2 * (DER_HEAD + 1 + MOST_RAW_BYTES)];
    Text hash = {0};
    if (data == NULL || !read_byte_string(ctx, values[0], &hash))
        return JS_EXCEPTION;
    uint8_t name[LONGEST_HASH_NAME];
    size_t name_length = host_hash_name(name, &hash);
    release_text(ctx, &hash);
    if (size != 0) {
        if (size > MOST_RAW_BYTES || signature_length != 2 * size)
            return JS_FALSE;
        signature_length = write_ecdsa_signature(der, signature, size);
        signature = der;
    }
    uint8_t *argument = malloc(name_length + key_length + signature_length + data_length + 4 * MOST_FIELD_HEAD);
    if (argument == NULL)
        return JS_ThrowOutOfMemory(ctx);
    uint8_t *at = write_field(argument, 1, name, name_length);
    at = write_field(at, 2, key, key_length);
    at = write_field(at, 3, signature, signature_length);
    at = write_field(at, 4, data, data_length);
    Received result = {0};
    int32_t status = proxy_call_foreign_function((const uint8_t *)function, sizeof(function) - 1, argument, at - argument, &result.bytes, &result.length);
    free(argument);
    if (status != 0)
        return JS_UNDEFINED;
    /* The field 1: true. */
    bool right = result.length >= 2 && result.bytes[0] == 0x08 && result.bytes[1] == 1;
    free(result.bytes);
    return JS_NewBool(ctx, right);
}
