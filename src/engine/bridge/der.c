/*
 * DER (ITU-T X.690, section 10), as far as keys and signatures need it. A shape, which is a byte string, says what a value consists of:
 *
 *   ( tag … )      an element, and what is in it
 *   = length …     these bytes
 *   i              an INTEGER that is not negative: the part is its bytes, read without zeros in front
 *   c tag          an element: the part is its content
 *   o tag          the same, or nothing: then the part is undefined
 *   *              the part is all that is left of the element around it
 *
 * Shapes are the prelude's, and right.
 */

/* Elements within elements. */
#define DER_DEPTH 8
/* The longest head of an element: its tag, and a length of two octets. No key is longer. */
#define DER_HEAD 4
#define TAG_INTEGER 0x02
#define TAG_SEQUENCE 0x30

/* The content of the element at `at`. NULL: it has another tag, more bytes than there are, or not the shortest form of its length. */
static const uint8_t *der_content(const uint8_t *at, const uint8_t *end, uint8_t tag, size_t *length)
{
    if (end - at < 2 || *at++ != tag)
        return NULL;
    size_t octets = *at > 0x80 ? *at & 0x7f : 0, size = *at++, least = 0x80;
    if (octets > 2 || size == 0x80 || end - at < octets)
        return NULL;
    if (octets > 0)
        size = *at++;
    if (octets > 1) {
        size = size << 8 | *at++;
        least = 0x100;
    }
    if ((octets > 0 && size < least) || end - at < size)
        return NULL;
    *length = size;
    return at;
}

/* (shape, bytes): the parts; undefined: the bytes have another shape. */
NATIVE(readDer) JSValue platform_read_der(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text shape = {0};
    size_t length;
    const uint8_t *ends[DER_DEPTH], **end = ends;
    const uint8_t *at = JS_GetUint8Array(ctx, &length, values[1]);
    if (at == NULL || !read_byte_string(ctx, values[0], &shape))
        return JS_EXCEPTION;
    *end = at + length;
    JSValue parts = JS_NewArray(ctx);
    bool failed = JS_IsException(parts), fits = true;
    uint32_t found = 0;
    for (const uint8_t *op = shape.bytes, *last = op + shape.length; op < last && fits && !failed;) {
        const uint8_t *content = at;
        size_t size = *end - at;
        uint8_t kind = *op++;
        bool missing = false;
        if (kind == ')') {
            fits = size == 0;
            end--;
            continue;
        }
        if (kind == '=') {
            uint8_t wanted = *op++;
            fits = size >= wanted && memcmp(at, op, wanted) == 0;
            op += wanted;
            at += wanted;
            continue;
        }
        if (kind != '*') {
            uint8_t tag = kind == 'i' ? TAG_INTEGER : *op++;
            missing = kind == 'o' && (size == 0 || *at != tag);
            content = missing ? at : der_content(at, *end, tag, &size);
            fits = content != NULL;
        }
        if (kind == 'i' && fits) {
            fits = size > 0 && (*content == 0 ? size == 1 || content[1] >= 0x80 : *content < 0x80);
            bool padded = fits && *content == 0;
            content += padded;
            size -= padded;
        }
        if (!fits)
            break;
        if (kind == '(') {
            *++end = content + size;
            at = content;
            continue;
        }
        at = missing ? at : content + size;
        JSValue part = missing ? JS_UNDEFINED : JS_NewUint8ArrayCopy(ctx, content, size);
        failed = JS_IsException(part) || JS_SetPropertyUint32(ctx, parts, found++, part) < 0;
    }
    release_text(ctx, &shape);
    if (fits && at == *ends && !failed)
        return parts;
    JS_FreeValue(ctx, parts);
    return failed ? JS_EXCEPTION : JS_UNDEFINED;
}

/* Puts the head in front of an element's content, which has room for the longest before it: where the element ends. */
static uint8_t *der_close(uint8_t *start, uint8_t tag, const uint8_t *end)
{
    const uint8_t *content = start + DER_HEAD;
    size_t length = end - content;
    *start++ = tag;
    if (length >= 0x100) {
        *start++ = 0x82;
        *start++ = length >> 8;
    } else if (length >= 0x80) {
        *start++ = 0x81;
    }
    *start++ = length;
    memmove(start, content, length);
    return start + length;
}

static uint8_t *der_element(uint8_t *start, uint8_t tag, const uint8_t *bytes, size_t length)
{
    uint8_t *content = start + DER_HEAD;
    if (tag == TAG_INTEGER) {
        for (; length > 0 && *bytes == 0; length--)
            bytes++;
        if (length == 0 || *bytes >= 0x80)
            *content++ = 0;
    }
    memcpy(content, bytes, length);
    return der_close(start, tag, content + length);
}

/* NULL, and a length of 0, for undefined. */
static const uint8_t *der_part(JSContext *ctx, JSValueConst part, size_t *length)
{
    *length = 0;
    return JS_IsUndefined(part) ? NULL : JS_GetUint8Array(ctx, length, part);
}

/* (shape, parts …): the bytes; of a part that is undefined nothing is written. */
NATIVE(writeDer) JSValue platform_write_der(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text shape = {0};
    if (!read_byte_string(ctx, values[0], &shape))
        return JS_EXCEPTION;
    /* Each of the shape's bytes is one, or stands for a head and a zero in front of an integer. */
    size_t length, room = shape.length * (DER_HEAD + 1);
    for (int index = 1; index < count; index++) {
        der_part(ctx, values[index], &length);
        room += length;
    }
    uint8_t *bytes = malloc(room), *at = bytes, *starts[DER_DEPTH], tags[DER_DEPTH];
    int depth = 0, part = 1;
    for (const uint8_t *op = shape.bytes, *last = op + shape.length; op < last && bytes != NULL;) {
        uint8_t kind = *op++;
        if (kind == '(') {
            starts[depth] = at;
            tags[depth++] = *op++;
            at += DER_HEAD;
        } else if (kind == ')') {
            depth--;
            at = der_close(starts[depth], tags[depth], at);
        } else if (kind == '=') {
            memcpy(at, op + 1, *op);
            at += *op;
            op += *op + 1;
        } else {
            uint8_t tag = kind == 'i' ? TAG_INTEGER : kind == '*' ? 0 : *op++;
            const uint8_t *given = der_part(ctx, part < count ? values[part++] : JS_UNDEFINED, &length);
            if (kind == '*') {
                memcpy(at, given, length);
                at += length;
            } else if (given != NULL) {
                at = der_element(at, tag, given, length);
            }
        }
    }
    release_text(ctx, &shape);
    return bytes == NULL ? JS_ThrowOutOfMemory(ctx) : adopt_bytes(ctx, bytes, at - bytes);
}
