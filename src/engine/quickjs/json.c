/*
 * JSON without detours: from the bytes of a text to values, and from plain data to a string. Neither recurses, so that no depth of
 * nesting meets the end of the stack, and neither calls code of the policy. What they do not know they leave to QuickJS's own functions,
 * which begin anew: words of errors, revivers, replacers, getters, `toJSON`, and objects that are more than data.
 */

enum { JSON_FAILED = -1, JSON_DONE, JSON_OTHER };

#define JSON_ONES 0x0101010101010101u
#define JSON_HIGHS (JSON_ONES * 0x80)

static inline uint64_t json_load(const void *from)
{
    uint64_t word;
    __builtin_memcpy(&word, from, sizeof(word));
    return word;
}

static inline void json_store(void *to, uint64_t word)
{
    __builtin_memcpy(to, &word, sizeof(word));
}

/*
 * Of eight bytes, those which end a run of a string's characters: quotes, backslashes, control characters and, unless it is Latin-1,
 * what is not ASCII. Only the first one is certain.
 */
static inline uint64_t json_specials(uint64_t word, bool latin1)
{
    uint64_t quotes = word ^ (JSON_ONES * '"');
    uint64_t slashes = word ^ (JSON_ONES * '\\');
    if (latin1)
        return (((quotes - JSON_ONES) & ~quotes) | ((slashes - JSON_ONES) & ~slashes) | ((word - JSON_ONES * 0x20) & ~word)) & JSON_HIGHS;
    return ((quotes - JSON_ONES) | (slashes - JSON_ONES) | (word - JSON_ONES * 0x20) | word) & JSON_HIGHS;
}

static inline bool json_is_special(uint8_t byte, bool latin1)
{
    return byte < 0x20 || byte == '"' || byte == '\\' || (byte >= 0x80 && !latin1);
}

/* The first byte from `at` on that ends a run of a string's characters, or the end. */
static inline const uint8_t *json_end_of_run(const uint8_t *at, const uint8_t *end, bool latin1)
{
    while (end - at >= 8) {
        uint64_t specials = json_specials(json_load(at), latin1);
        if (specials != 0)
            return at + (__builtin_ctzll(specials) >> 3);
        at += 8;
    }
    while (at < end && !json_is_special(*at, latin1))
        at++;
    return at;
}

/* A call of memcpy takes longer than most of what is copied here. */
static inline void json_copy(uint8_t *to, const uint8_t *from, size_t length)
{
    for (; length >= 8; length -= 8, to += 8, from += 8)
        json_store(to, json_load(from));
    for (; length > 0; length--)
        *to++ = *from++;
}

/* --- parsing --- */

typedef enum {
    JSON_LATIN1,
    /* What is ill-formed becomes U+FFFD, as in the Encoding standard. */
    JSON_UTF8,
    /* A JavaScript string with its lone surrogates. */
    JSON_WTF8,
} JSONEncoding;

/* An array or object whose end has not come. */
typedef struct {
    /* The keys so far of an object whose values are still on the stack. */
    JSShape *shape;
    /* An object of many keys is made before its end. */
    JSObject *object;
    /* Whose value comes next in `object`. */
    JSAtom key;
    /* Where it begins on the stack, and the place of the next value from there. */
    uint32_t base;
    uint32_t slot;
} JSONFrame;

typedef struct {
    JSContext *ctx;
    const uint8_t *at;
    const uint8_t *end;
    JSONEncoding encoding;
    /* No object has a member twice, and all that is made is frozen. */
    bool strict;
    JSShape *empty;
    JSValue *values;
    uint32_t count;
    uint32_t room;
    JSONFrame *frames;
    uint32_t depth;
    uint32_t frame_room;
} JSONReader;

/* The byte at that place; 0, which is nowhere allowed, behind the end. */
static inline uint8_t json_byte(JSONReader *r, const uint8_t *at)
{
    return at < r->end ? *at : 0;
}

static inline uint8_t json_skip_space(JSONReader *r)
{
    const uint8_t *from = r->at, *at = from;
    uint8_t byte;
    while ((byte = json_byte(r, at)) == ' ' || byte == '\n' || byte == '\r' || byte == '\t')
        at++;
    r->at = at;
    if (unlikely(at - from >= 32))
        js_charge((at - from) >> 5);
    return byte;
}

static no_inline int json_grow(JSContext *ctx, void **array, uint32_t *room, size_t size)
{
    uint32_t new_room = *room == 0 ? 32 : *room * 2;
    void *new_array = js_realloc(ctx, *array, new_room * size);
    if (new_array == NULL)
        return JSON_FAILED;
    *array = new_array;
    *room = new_room;
    return JSON_DONE;
}

static inline int json_push(JSONReader *r, JSValue value)
{
    if (unlikely(r->count == r->room) && json_grow(r->ctx, (void **)&r->values, &r->room, sizeof(*r->values))) {
        JS_FreeValue(r->ctx, value);
        return JSON_FAILED;
    }
    r->values[r->count++] = value;
    return JSON_DONE;
}

/* The UTF-16 unit behind `\u`; -1: it is none. */
static int json_hex(JSONReader *r, const uint8_t *at)
{
    int unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = from_hex(json_byte(r, at + i));
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* The char that begins with a byte of 0x80 or more; where it is ill-formed, U+FFFD for as much as could have begun one. */
static uint32_t json_decode(JSONReader *r, const uint8_t **at)
{
    const uint8_t *p = *at;
    uint8_t lead = *p++;
    int needed = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    uint8_t lower = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t upper = lead == 0xed && r->encoding == JSON_UTF8 ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    uint32_t c = lead & (0x3f >> needed);
    if (lead < 0xc2 || lead > 0xf4)
        needed = -1;
    for (; needed > 0; needed--) {
        uint8_t next = json_byte(r, p);
        if (next < lower || next > upper)
            break;
        c = c << 6 | (next & 0x3f);
        lower = 0x80;
        upper = 0xbf;
        p++;
    }
    *at = p;
    return needed == 0 ? c : 0xfffd;
}

/* The quote that ends a string of which `at` is a part; NULL: there is none. */
static const uint8_t *json_end_of_string(const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        if (end - at >= 8) {
            uint64_t word = json_load(at), quotes = word ^ (JSON_ONES * '"'), slashes = word ^ (JSON_ONES * '\\');
            uint64_t found = (((quotes - JSON_ONES) & ~quotes) | ((slashes - JSON_ONES) & ~slashes)) & JSON_HIGHS;
            if (found == 0) {
                at += 8;
                continue;
            }
            at += __builtin_ctzll(found) >> 3;
        }
        if (*at == '"')
            return at;
        at += *at == '\\' ? 2 : 1;
    }
    return NULL;
}

/* A string that is being made, with room for as many characters as its text has bytes. */
typedef struct {
    JSString *string;
    uint32_t length;
    uint32_t room;
} JSONText;

static int json_widen(JSContext *ctx, JSONText *text)
{
    JSString *wide = js_alloc_string(ctx, text->room, 1);
    if (wide == NULL)
        return JSON_FAILED;
    for (uint32_t i = 0; i < text->length; i++)
        str16(wide)[i] = str8(text->string)[i];
    js_free(ctx, text->string);
    text->string = wide;
    return JSON_DONE;
}

static inline int json_add_unit(JSContext *ctx, JSONText *text, uint32_t unit)
{
    if (!text->string->is_wide_char) {
        if (unit < 0x100) {
            str8(text->string)[text->length++] = unit;
            return JSON_DONE;
        }
        if (json_widen(ctx, text))
            return JSON_FAILED;
    }
    str16(text->string)[text->length++] = unit;
    return JSON_DONE;
}

/* What an escape stands for; -1: it is none. */
static int json_read_escape(JSONReader *r, const uint8_t **at)
{
    static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    uint8_t name = json_byte(r, *at + 1);
    if (name == 'u') {
        *at += 6;
        return json_hex(r, *at - 4);
    }
    *at += 2;
    for (const char *escape = escapes; *escape != 0; escape += 2) {
        if (*escape == name)
            return escape[1];
    }
    return -1;
}

/* Up to `end`, where the string or a piece of it ends. */
static int json_read_piece(JSONReader *r, JSONText *text, const uint8_t **from, const uint8_t *end)
{
    bool latin1 = r->encoding == JSON_LATIN1;
    const uint8_t *at = *from;
    while (at < end) {
        if (!json_is_special(*at, latin1)) {
            uint32_t length = text->length;
            if (text->string->is_wide_char) {
                uint16_t *to = str16(text->string);
                do
                    to[length++] = *at++;
                while (at < end && !json_is_special(*at, latin1));
            } else {
                const uint8_t *run = at;
                at = json_end_of_run(at, end, latin1);
                json_copy(str8(text->string) + length, run, at - run);
                length += at - run;
            }
            text->length = length;
            continue;
        }
        int unit;
        if (*at == '\\') {
            unit = json_read_escape(r, &at);
        } else if (*at >= 0x80) {
            uint32_t c = json_decode(r, &at);
            if (c >= 0x10000) {
                if (json_add_unit(r->ctx, text, get_hi_surrogate(c)))
                    return JSON_FAILED;
                c = get_lo_surrogate(c);
            }
            unit = c;
        } else {
            return JSON_OTHER;
        }
        if (unit < 0)
            return JSON_OTHER;
        if (json_add_unit(r->ctx, text, unit))
            return JSON_FAILED;
    }
    *from = at;
    return JSON_DONE;
}

/* The most that is read or written of a string from one question whether to go on to the next. */
#define JSON_PIECE 4096

/* A string that is not one run; `r->at` is behind its first quote, `at` behind its first run. */
static no_inline int json_read_mixed(JSONReader *r, const uint8_t *at, JSValue *value)
{
    JSContext *ctx = r->ctx;
    const uint8_t *end = json_end_of_string(at, r->end);
    if (end == NULL)
        return JSON_OTHER;
    JSONText text = {NULL, 0, end - r->at};
    text.string = js_alloc_string(ctx, text.room, 0);
    if (text.string == NULL)
        return JSON_FAILED;
    at = r->at;
    int result = JSON_DONE;
    while (result == JSON_DONE && at < end) {
        const uint8_t *stop = end - at > JSON_PIECE ? at + JSON_PIECE : end;
        js_charge((stop - at) >> 4);
        result = js_poll_interrupts(ctx) ? JSON_FAILED : json_read_piece(r, &text, &at, stop);
    }
    if (result != JSON_DONE) {
        js_free(ctx, text.string);
        return result;
    }
    JSString *string = text.string;
    bool wide = string->is_wide_char;
    JSString *fitting = js_realloc_rt(ctx->rt, string, sizeof(JSString) + (text.length << wide) + 1 - wide);
    if (fitting != NULL)
        string = fitting;
    string->len = text.length;
    if (!wide)
        str8(string)[text.length] = 0;
    *value = JS_MKPTR(JS_TAG_STRING, string);
    r->at = end + 1;
    return JSON_DONE;
}

/* `r->at` is behind the first quote. */
static int json_read_string(JSONReader *r, JSValue *value)
{
    const uint8_t *from = r->at;
    const uint8_t *at = json_end_of_run(from, r->end, r->encoding == JSON_LATIN1);
    size_t length = at - from;
    if (unlikely(json_byte(r, at) != '"'))
        return json_read_mixed(r, at, value);
    if (length == 0) {
        *value = js_empty_string(r->ctx->rt);
    } else {
        JSString *string = js_alloc_string(r->ctx, length, 0);
        if (unlikely(string == NULL))
            return JSON_FAILED;
        json_copy(str8(string), from, length);
        str8(string)[length] = 0;
        *value = JS_MKPTR(JS_TAG_STRING, string);
    }
    r->at = at + 1;
    js_charge(length >> 6);
    return JSON_DONE;
}

static const double json_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                     1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
/* Decimal digits that every double keeps apart. */
#define JSON_EXACT_DIGITS 15
#define JSON_EXACT_POWER 22

/* A number that may be rounded, from its text. */
static no_inline int json_read_long_number(JSONReader *r, const uint8_t *from, JSValue *value)
{
    size_t length = r->at - from;
    char *text = js_malloc(r->ctx, length + 1);
    if (text == NULL)
        return JSON_FAILED;
    memcpy(text, from, length);
    text[length] = 0;
    *value = js_float64(strtod(text, NULL));
    js_free(r->ctx, text);
    js_charge(length >> 2);
    return JSON_DONE;
}

static int json_read_number(JSONReader *r, JSValue *value)
{
    const uint8_t *from = r->at, *at = from;
    bool negative = *at == '-';
    at += negative;
    /* Digits from the first one that is not 0; the power of ten by which they are to be multiplied. */
    uint64_t digits = 0;
    const uint8_t *first = at;
    int power = 0;
    bool whole = true;
    if (json_byte(r, at) == '0') {
        at++;
        if (is_digit(json_byte(r, at)))
            return JSON_OTHER;
    } else {
        for (; is_digit(json_byte(r, at)); at++)
            digits = digits * 10 + (*at - '0');
        if (at == first)
            return JSON_OTHER;
    }
    size_t count = at - first;
    if (json_byte(r, at) == '.') {
        const uint8_t *fraction = ++at;
        for (; is_digit(json_byte(r, at)); at++)
            digits = digits * 10 + (*at - '0');
        if (at == fraction)
            return JSON_OTHER;
        whole = false;
        count += at - fraction;
        power = fraction - at;
    }
    if ((json_byte(r, at) | 0x20) == 'e') {
        at++;
        bool down = json_byte(r, at) == '-';
        if (down || json_byte(r, at) == '+')
            at++;
        const uint8_t *exponent_digits = at;
        int exponent = 0;
        for (; is_digit(json_byte(r, at)); at++)
            exponent = exponent < 10000 ? exponent * 10 + (*at - '0') : exponent;
        if (at == exponent_digits)
            return JSON_OTHER;
        whole = false;
        power += down ? -exponent : exponent;
    }
    r->at = at;
    if (unlikely(count > JSON_EXACT_DIGITS || power < -JSON_EXACT_POWER || power > JSON_EXACT_POWER))
        return json_read_long_number(r, from, value);
    if (whole && digits <= INT32_MAX && !(negative && digits == 0)) {
        *value = js_int32(negative ? -(int32_t)digits : (int32_t)digits);
        return JSON_DONE;
    }
    /* Both are exact, so that the result is rounded once, as it must be. */
    double number = power < 0 ? (double)digits / json_powers[-power] : (double)digits * json_powers[power];
    *value = js_float64(negative ? -number : number);
    return JSON_DONE;
}

static int json_read_word(JSONReader *r, const char *word, size_t length, JSValue meaning, JSValue *value)
{
    if (r->end - r->at < length || memcmp(r->at, word, length) != 0)
        return JSON_OTHER;
    r->at += length;
    *value = meaning;
    return JSON_DONE;
}

/* --- objects: their keys are a walk through shapes, and most walks are those of the objects before --- */

static inline JSShape **json_next_shapes(JSRuntime *rt, JSShape *shape)
{
    return rt->json_steps[((uintptr_t)shape >> 3) & (JS_SHAPE_STEPS - 1)];
}

static inline void json_go_to(JSRuntime *rt, JSONFrame *frame, JSShape *shape)
{
    js_dup_shape(shape);
    js_free_shape(rt, frame->shape);
    frame->slot = shape->prop_count - 1;
    frame->shape = shape;
}

/* The object of a frame, with the values that it has so far. */
static JSObject *json_make_object(JSONReader *r, JSONFrame *frame)
{
    JSShape *shape = frame->shape;
    frame->shape = NULL;
    uint32_t count = shape->prop_count;
    JSValue object = JS_NewObjectFromShape(r->ctx, shape, JS_CLASS_OBJECT, NULL);
    if (JS_IsException(object))
        return NULL;
    JSObject *p = JS_VALUE_GET_OBJ(object);
    for (uint32_t i = 0; i < count; i++)
        p->prop[i].u.value = r->values[frame->base + i];
    r->count = frame->base;
    return p;
}

/* The place of a key in a shape; -1: it has none of that name. */
static int json_find_key(JSShape *shape, JSAtom key)
{
    intptr_t place = prop_hash_end(shape)[-(intptr_t)hash_atom(key, shape->prop_hash_mask) - 1];
    while (place != 0) {
        JSShapeProperty *property = &get_shape_prop(shape)[place - 1];
        if (property->atom == key)
            return place - 1;
        place = property->hash_next;
    }
    return -1;
}

static inline int json_property_flags(JSONReader *r)
{
    return r->strict ? JS_PROP_ENUMERABLE : JS_PROP_C_W_E;
}

/* The key comes next in the frame's object. `plain`: its text is its characters. Takes the key over. */
static no_inline int json_add_key(JSONReader *r, JSONFrame *frame, JSAtom key, bool plain)
{
    JSContext *ctx = r->ctx;
    JSRuntime *rt = ctx->rt;
    JSShape *from = frame->shape;
    if (from != NULL && from->prop_count >= JS_KEPT_SHAPE_MAX_PROPS) {
        frame->object = json_make_object(r, frame);
        if (frame->object == NULL)
            goto fail;
        from = NULL;
    }
    if (from == NULL) {
        frame->key = key;
        return JSON_DONE;
    }
    int flags = json_property_flags(r);
    JSShape *to = find_hashed_shape_prop(rt, from, key, flags);
    if (to == NULL) {
        int place = json_find_key(from, key);
        if (place >= 0) {
            frame->slot = place;
            JS_FreeAtom(ctx, key);
            return r->strict ? JSON_OTHER : JSON_DONE;
        }
        to = js_clone_shape(ctx, from);
        if (to == NULL)
            goto fail;
        if (add_shape_property(ctx, &to, NULL, key, flags)) {
            js_free_shape(rt, to);
            goto fail;
        }
        to->is_hashed = true;
        to->hash = shape_hash(shape_hash(from->hash, key), flags);
        js_shape_hash_link(rt, to);
        js_keep_shape(rt, to);
        js_free_shape(rt, to);
    }
    JS_FreeAtom(ctx, key);
    if (plain) {
        JSShape **next = json_next_shapes(rt, from);
        from->in_steps = true;
        to->in_steps = true;
        next[0] = from;
        next[1] = to;
    }
    json_go_to(rt, frame, to);
    return JSON_DONE;
fail:
    JS_FreeAtom(ctx, key);
    return JSON_FAILED;
}

/* `r->at` is behind the first quote. */
static int json_read_key(JSONReader *r, JSONFrame *frame)
{
    JSContext *ctx = r->ctx;
    JSRuntime *rt = ctx->rt;
    const uint8_t *from = r->at;
    if (frame->shape != NULL) {
        JSShape **next = json_next_shapes(rt, frame->shape);
        JSShapeProperty *step = next[0] == frame->shape ? &get_shape_prop(next[1])[frame->shape->prop_count] : NULL;
        if (step != NULL && step->flags == json_property_flags(r)) {
            JSString *name = rt->atom_array[step->atom];
            uint32_t length = name->len;
            if (r->end - from > length && from[length] == '"') {
                const uint8_t *text = str8(name);
                uint32_t i = 0;
                for (; i + 8 <= length && json_load(text + i) == json_load(from + i); i += 8)
                    ;
                for (; i < length && text[i] == from[i]; i++)
                    ;
                if (i == length) {
                    r->at = from + length + 1;
                    json_go_to(rt, frame, next[1]);
                    return JSON_DONE;
                }
            }
        }
    }
    const uint8_t *at = json_end_of_run(from, r->end, false);
    JSAtom key;
    /* A number among the keys has no characters. */
    bool plain = json_byte(r, at) == '"' && !is_digit(*from);
    if (plain) {
        key = JS_NewAtomLen(ctx, (const char *)from, at - from);
        r->at = at + 1;
        js_charge((at - from) >> 4);
    } else {
        JSValue string;
        int result = json_read_string(r, &string);
        if (result != JSON_DONE)
            return result;
        js_charge((r->at - from) >> 4);
        key = JS_NewAtomStr(ctx, JS_VALUE_GET_STRING(string));
    }
    if (key == JS_ATOM_NULL)
        return JSON_FAILED;
    return json_add_key(r, frame, key, plain);
}

/* Takes the value over: into the frame, for the last key where it is an object. */
static int json_add_value(JSONReader *r, JSONFrame *frame, JSValue value)
{
    JSObject *object = frame->object;
    if (frame->shape != NULL && frame->base + frame->slot < r->count) {
        set_value(r->ctx, &r->values[frame->base + frame->slot], value);
        return JSON_DONE;
    }
    if (object == NULL)
        return json_push(r, value);
    JSProperty *property;
    if (find_own_property(&property, object, frame->key)) {
        set_value(r->ctx, &property->u.value, value);
        if (r->strict)
            return JSON_OTHER;
    } else {
        property = add_property(r->ctx, object, frame->key, json_property_flags(r));
        if (property == NULL) {
            JS_FreeValue(r->ctx, value);
            return JSON_FAILED;
        }
        property->u.value = value;
    }
    JS_FreeAtom(r->ctx, frame->key);
    frame->key = JS_ATOM_NULL;
    return JSON_DONE;
}

static int json_open(JSONReader *r, JSShape *shape)
{
    if (unlikely(r->depth == r->frame_room) && json_grow(r->ctx, (void **)&r->frames, &r->frame_room, sizeof(*r->frames)))
        return JSON_FAILED;
    r->frames[r->depth++] = (JSONFrame){shape == NULL ? NULL : js_dup_shape(shape), NULL, JS_ATOM_NULL, r->count, 0};
    return JSON_DONE;
}

/* The array or object of the innermost frame, which ends. */
static int json_close(JSONReader *r, JSValue *value)
{
    JSONFrame *frame = &r->frames[r->depth - 1];
    if (frame->shape != NULL)
        frame->object = json_make_object(r, frame);
    else if (frame->object == NULL) {
        uint32_t count = r->count - frame->base;
        r->count = frame->base;
        r->depth--;
        js_charge(count >> 5);
        *value = JS_NewArrayFrom(r->ctx, count, r->values + r->count);
        if (JS_IsException(*value))
            return JSON_FAILED;
        if (r->strict && JS_FreezeObject(r->ctx, *value) < 0) {
            JS_FreeValue(r->ctx, *value);
            return JSON_FAILED;
        }
        return JSON_DONE;
    }
    if (frame->object == NULL)
        return JSON_FAILED;
    if (r->strict)
        frame->object->extensible = false;
    *value = JS_MKPTR(JS_TAG_OBJECT, frame->object);
    r->depth--;
    return JSON_DONE;
}

static int json_read_scalar(JSONReader *r, uint8_t byte, JSValue *value)
{
    switch (byte) {
    case '"':
        r->at++;
        return json_read_string(r, value);
    case 't':
        return json_read_word(r, "true", 4, JS_TRUE, value);
    case 'f':
        return json_read_word(r, "false", 5, JS_FALSE, value);
    case 'n':
        return json_read_word(r, "null", 4, JS_NULL, value);
    default:
        return byte == '-' || is_digit(byte) ? json_read_number(r, value) : JSON_OTHER;
    }
}

/* `object`: whether the innermost frame is one. */
static int json_read_value(JSONReader *r, JSValue *value)
{
    int result;
    for (;;) {
        /* Before a value. */
        uint8_t byte = json_skip_space(r);
        if (js_poll_interrupts(r->ctx))
            return JSON_FAILED;
        if (byte == '{' || byte == '[') {
            r->at++;
            if (json_open(r, byte == '{' ? r->empty : NULL))
                return JSON_FAILED;
            /* The closing one is the opening one plus 2. */
            if (json_skip_space(r) != byte + 2) {
                if (byte == '[')
                    continue;
                goto key;
            }
            goto close;
        }
        result = json_read_scalar(r, byte, value);
        if (result != JSON_DONE)
            return result;
        for (;;) {
            /* Behind a value. */
            if (r->depth == 0)
                return JSON_DONE;
            JSONFrame *frame = &r->frames[r->depth - 1];
            bool object = frame->shape != NULL || frame->object != NULL;
            result = json_add_value(r, frame, *value);
            if (result != JSON_DONE)
                return result;
            byte = json_skip_space(r);
            if (byte == ',') {
                r->at++;
                if (object)
                    goto key;
                break;
            }
            if (byte != (object ? '}' : ']'))
                return JSON_OTHER;
        close:
            r->at++;
            if (json_close(r, value))
                return JSON_FAILED;
        }
        continue;
    key:
        if (json_skip_space(r) != '"')
            return JSON_OTHER;
        r->at++;
        result = json_read_key(r, &r->frames[r->depth - 1]);
        if (result != JSON_DONE)
            return result;
        if (json_skip_space(r) != ':')
            return JSON_OTHER;
        r->at++;
    }
}

/* JSON_DONE: `value` is the text's. JSON_OTHER: the text is not JSON, or not as strict as wanted, and nothing is thrown. */
static int json_parse(JSContext *ctx, const uint8_t *text, size_t length, JSONEncoding encoding, bool strict, JSValue *value)
{
    JSObject *prototype = JS_VALUE_GET_OBJ(ctx->class_proto[JS_CLASS_OBJECT]);
    JSONReader reader = {ctx, text, text + length, encoding, strict}, *r = &reader;
    r->empty = find_hashed_shape_proto(ctx->rt, prototype);
    if (r->empty != NULL) {
        js_dup_shape(r->empty);
    } else {
        r->empty = js_new_shape(ctx, prototype);
        if (r->empty == NULL)
            return JSON_FAILED;
        js_keep_shape(ctx->rt, r->empty);
    }
    int result = json_read_value(r, value);
    if (result == JSON_DONE) {
        json_skip_space(r);
        if (r->at != r->end) {
            JS_FreeValue(ctx, *value);
            result = JSON_OTHER;
        }
    }
    while (r->count > 0)
        JS_FreeValue(ctx, r->values[--r->count]);
    while (r->depth > 0) {
        JSONFrame *frame = &r->frames[--r->depth];
        js_free_shape_null(ctx->rt, frame->shape);
        JS_FreeAtom(ctx, frame->key);
        if (frame->object != NULL)
            JS_FreeValue(ctx, JS_MKPTR(JS_TAG_OBJECT, frame->object));
    }
    js_free(ctx, r->values);
    js_free(ctx, r->frames);
    js_free_shape(ctx->rt, r->empty);
    return result;
}

/* JSON.parse(text) */
static JSValue json_parse_text(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    JSValue text, value;
    int result;
    if (JS_IsFunction(ctx, values[1]))
        return js_json_parse(ctx, self, count, values);
    text = JS_ToString(ctx, values[0]);
    if (JS_IsException(text))
        return text;
    JSString *string = JS_VALUE_GET_STRING(text);
    if (string->is_wide_char) {
        size_t length;
        const char *bytes = JS_ToCStringLen(ctx, &length, text);
        if (bytes == NULL) {
            JS_FreeValue(ctx, text);
            return JS_EXCEPTION;
        }
        result = json_parse(ctx, (const uint8_t *)bytes, length, JSON_WTF8, false, &value);
        JS_FreeCString(ctx, bytes);
    } else {
        result = json_parse(ctx, str8(string), string->len, JSON_LATIN1, false, &value);
    }
    if (result == JSON_FAILED)
        value = JS_EXCEPTION;
    else if (result == JSON_OTHER)
        value = js_json_parse(ctx, self, 1, vc(&text));
    JS_FreeValue(ctx, text);
    return value;
}

/* --- stringifying --- */

typedef struct {
    JSObject *object;
    /* Of an object whose properties are not in the order of its shape, or not all of them data. */
    JSPropertyEnum *keys;
    uint32_t index;
    uint32_t count;
    /* Something of it has been written. */
    bool begun;
} JSONPlace;

#define JSON_PLAIN_SHAPES 16

typedef struct {
    JSContext *ctx;
    StringBuffer *b;
    /* What the lines of an indented text begin with, for each level. */
    JSString *gap;
    JSONPlace *places;
    uint32_t depth;
    uint32_t room;
    /* Shapes whose properties are all data, in the order in which they are written; no code runs that could change them. */
    JSShape *plain[JSON_PLAIN_SHAPES];
} JSONWriter;

/* Where so many Latin-1 characters can be written; NULL: the text has 16 bits a character, or the memory ran out. */
static inline uint8_t *json_room(StringBuffer *b, int length)
{
    if (unlikely(b->size - b->len < length) && string_buffer_realloc(b, b->len + length, 0))
        return NULL;
    return b->is_wide_char ? NULL : str8(b->str) + b->len;
}

static no_inline int json_write(StringBuffer *b, const char *text, int length)
{
    uint8_t *to = json_room(b, length);
    if (unlikely(to == NULL))
        return string_buffer_write8(b, (const uint8_t *)text, length);
    json_copy(to, (const uint8_t *)text, length);
    b->len += length;
    return 0;
}

static inline int json_put(StringBuffer *b, uint8_t character)
{
    if (unlikely(b->len >= b->size || b->is_wide_char))
        return string_buffer_putc8(b, character);
    str8(b->str)[b->len++] = character;
    return 0;
}

static int json_escape(char *out, uint32_t unit)
{
    static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    out[0] = '\\';
    for (const char *name = names; *name != 0; name += 2) {
        if (*name == unit) {
            out[1] = name[1];
            return 2;
        }
    }
    out[1] = 'u';
    for (int i = 0; i < 4; i++)
        out[2 + i] = "0123456789abcdef"[unit >> (12 - 4 * i) & 15];
    return 6;
}

/* Characters of 16 bits from `from` on that stand for themselves. */
static uint32_t json_wide_run(const uint16_t *text, uint32_t from, uint32_t end)
{
    while (from < end) {
        uint32_t unit = text[from];
        if (unit < 0x20 || unit == '"' || unit == '\\')
            break;
        if (is_surrogate(unit)) {
            if (!is_hi_surrogate(unit) || from + 1 >= end || !is_lo_surrogate(text[from + 1]))
                break;
            from++;
        }
        from++;
    }
    return from;
}

static no_inline int json_quote_slowly(JSONWriter *w, JSString *string, uint32_t from)
{
    StringBuffer *b = w->b;
    uint32_t length = string->len;
    char escape[8];
    while (from < length) {
        if (js_poll_interrupts(w->ctx))
            return JSON_FAILED;
        uint32_t end = length - from > JSON_PIECE ? from + JSON_PIECE : length;
        uint32_t run = from;
        if (string->is_wide_char) {
            /* A pair of surrogates stays whole. */
            if (end < length && is_hi_surrogate(str16(string)[end - 1]))
                end++;
            run = json_wide_run(str16(string), from, end);
        } else {
            run = json_end_of_run(str8(string) + from, str8(string) + end, true) - str8(string);
        }
        js_charge((run - from) >> 5);
        if (string_buffer_concat(b, string, from, run))
            return JSON_FAILED;
        from = run;
        if (run < end) {
            uint32_t unit = string->is_wide_char ? str16(string)[run] : str8(string)[run];
            if (string_buffer_write8(b, (uint8_t *)escape, json_escape(escape, unit)))
                return JSON_FAILED;
            from++;
        }
    }
    return string_buffer_putc8(b, '"');
}

/* Into a text of 16 bits a character. */
static int json_quote_wide(JSONWriter *w, JSString *string)
{
    StringBuffer *b = w->b;
    uint32_t length = string->len, i = 0;
    if (!b->is_wide_char && string_buffer_widen(b, b->size))
        return JSON_FAILED;
    if (b->size - b->len < length + 2 && string_buffer_realloc(b, b->len + length + 2, 0))
        return JSON_FAILED;
    uint16_t *to = str16(b->str) + b->len;
    *to++ = '"';
    if (string->is_wide_char) {
        const uint16_t *text = str16(string);
        for (; i < length && text[i] >= 0x20 && text[i] != '"' && text[i] != '\\' && !is_surrogate(text[i]); i++)
            to[i] = text[i];
    } else {
        const uint8_t *text = str8(string);
        for (; i < length && !json_is_special(text[i], true); i++)
            to[i] = text[i];
    }
    b->len += i + 1;
    if (i < length)
        return json_quote_slowly(w, string, i);
    js_charge(length >> 4);
    return string_buffer_putc8(b, '"');
}

static int json_quote(JSONWriter *w, JSString *string)
{
    StringBuffer *b = w->b;
    uint32_t length = string->len;
    if (unlikely(length > JSON_PIECE))
        return string_buffer_putc8(b, '"') ? JSON_FAILED : json_quote_slowly(w, string, 0);
    if (unlikely(string->is_wide_char || b->is_wide_char))
        return json_quote_wide(w, string);
    uint8_t *to = json_room(b, length + 2);
    if (unlikely(to == NULL))
        return JSON_FAILED;
    const uint8_t *text = str8(string);
    *to++ = '"';
    uint32_t i = 0;
    for (; i + 8 <= length; i += 8) {
        uint64_t word = json_load(text + i), specials = json_specials(word, true);
        json_store(to + i, word);
        if (unlikely(specials != 0)) {
            i += __builtin_ctzll(specials) >> 3;
            goto special;
        }
    }
    for (; i < length; i++) {
        if (unlikely(json_is_special(text[i], true)))
            goto special;
        to[i] = text[i];
    }
    to[i] = '"';
    b->len += length + 2;
    js_charge(length >> 5);
    return 0;
special:
    b->len += i + 1;
    return json_quote_slowly(w, string, i);
}

/*
 * A number that has some decimal places only. Fifteen digits are fewer than a double tells apart: if a decimal of so many is read as this
 * number, then no other one is, and the first one found is the shortest. 0: it is not such a number.
 */
static int json_short_decimal(char *out, double number)
{
    double magnitude = fabs(number);
    if (!(magnitude >= 1e-3 && magnitude < 1e9))
        return 0;
    for (int places = 0; places <= 6; places++) {
        double scaled = magnitude * json_powers[places];
        uint64_t digits = (uint64_t)(scaled + 0.5);
        if ((double)digits / json_powers[places] != magnitude)
            continue;
        char text[24];
        int length = u64toa(text, digits), at = 0;
        if (number < 0)
            out[at++] = '-';
        int whole = length - places;
        if (whole <= 0)
            out[at++] = '0';
        for (int i = 0; i < whole; i++)
            out[at++] = text[i];
        if (places > 0)
            out[at++] = '.';
        for (int i = whole; i < 0; i++)
            out[at++] = '0';
        for (int i = whole > 0 ? whole : 0; i < length; i++)
            out[at++] = text[i];
        return at;
    }
    return 0;
}

static no_inline int json_write_double(JSONWriter *w, double number)
{
    char text[128];
    JSDTOATempMem memory;
    if (!isfinite(number))
        return json_write(w->b, "null", 4);
    int length = json_short_decimal(text, number);
    if (length == 0)
        length = js_dtoa(text, number, 10, 0, JS_DTOA_FORMAT_FREE, &memory);
    return json_write(w->b, text, length);
}

static int json_new_line(JSONWriter *w)
{
    if (w->gap == NULL)
        return 0;
    if (string_buffer_putc8(w->b, '\n'))
        return JSON_FAILED;
    for (uint32_t i = 0; i < w->depth; i++) {
        if (js_poll_interrupts(w->ctx) || string_buffer_concat(w->b, w->gap, 0, w->gap->len))
            return JSON_FAILED;
    }
    return 0;
}

/* Whether an object is written by its own properties alone: neither it nor what it inherits from has a `toJSON`. */
static bool json_is_data(JSObject *object)
{
    for (JSObject *p = object; p != NULL; p = p->shape->proto) {
        if ((p->is_exotic && p->class_id != JS_CLASS_ARRAY) || find_own_property1(p, JS_ATOM_toJSON))
            return false;
    }
    return true;
}

static bool json_is_plain(JSContext *ctx, JSShape *shape)
{
    JSShapeProperty *property = get_shape_prop(shape);
    uint32_t number;
    for (int i = 0; i < shape->prop_count; i++, property++) {
        JSAtom key = property->atom;
        if (key == JS_ATOM_NULL || (property->flags & (JS_PROP_TMASK | JS_PROP_ENUMERABLE)) != JS_PROP_ENUMERABLE ||
            JS_AtomIsArrayIndex(ctx, &number, key) || JS_AtomGetKind(ctx, key) != JS_ATOM_KIND_STRING)
            return false;
    }
    return true;
}

/* What is to be written of an object: by its keys, where its shape does not tell. */
static no_inline int json_look_at(JSONWriter *w, JSObject *object, JSONPlace *place)
{
    JSShape *shape = object->shape;
    if (!json_is_data(object))
        return JSON_OTHER;
    js_charge(shape->prop_count >> 3);
    if (object->class_id == JS_CLASS_ARRAY || json_is_plain(w->ctx, shape))
        w->plain[((uintptr_t)shape >> 3) % JSON_PLAIN_SHAPES] = shape;
    else if (JS_GetOwnPropertyNamesInternal(w->ctx, &place->keys, &place->count, object, JS_GPN_ENUM_ONLY | JS_GPN_STRING_MASK))
        return JSON_FAILED;
    return JSON_DONE;
}

static int json_begin(JSONWriter *w, JSObject *object)
{
    JSONPlace place = {object};
    JSShape *shape = object->shape;
    bool is_array = object->class_id == JS_CLASS_ARRAY;
    /* An object that is a part of itself is marked. */
    if ((!is_array && object->class_id != JS_CLASS_OBJECT) || object->tmp_mark)
        return JSON_OTHER;
    int result = JSON_DONE;
    if (w->plain[((uintptr_t)shape >> 3) % JSON_PLAIN_SHAPES] != shape)
        result = json_look_at(w, object, &place);
    if (is_array) {
        if (!object->fast_array || JS_VALUE_GET_TAG(object->prop[0].u.value) != JS_TAG_INT ||
            JS_VALUE_GET_INT(object->prop[0].u.value) != object->u.array.count)
            return JSON_OTHER;
        place.count = object->u.array.count;
    } else if (place.keys == NULL) {
        place.count = shape->prop_count;
    }
    if (result == JSON_DONE && w->depth == w->room)
        result = json_grow(w->ctx, (void **)&w->places, &w->room, sizeof(*w->places));
    if (result != JSON_DONE) {
        js_free_prop_enum(w->ctx, place.keys, place.count);
        return result;
    }
    w->places[w->depth++] = place;
    object->tmp_mark = 1;
    return json_put(w->b, is_array ? '[' : '{');
}

static void json_end(JSONWriter *w)
{
    JSONPlace *place = &w->places[--w->depth];
    place->object->tmp_mark = 0;
    js_free_prop_enum(w->ctx, place->keys, place->count);
}

static int json_write_value(JSONWriter *w, JSValueConst value)
{
    char text[16];
    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_STRING:
        return json_quote(w, JS_VALUE_GET_STRING(value));
    case JS_TAG_STRING_ROPE: {
        JSValue flat = js_linearize_string_rope(w->ctx, value);
        if (JS_IsException(flat))
            return JSON_FAILED;
        int result = json_quote(w, JS_VALUE_GET_STRING(flat));
        JS_FreeValue(w->ctx, flat);
        return result;
    }
    case JS_TAG_INT:
        return json_write(w->b, text, i32toa(text, JS_VALUE_GET_INT(value)));
    case JS_TAG_FLOAT64:
        return json_write_double(w, JS_VALUE_GET_FLOAT64(value));
    case JS_TAG_BOOL:
        return JS_VALUE_GET_BOOL(value) ? json_write(w->b, "true", 4) : json_write(w->b, "false", 5);
    case JS_TAG_NULL:
        return json_write(w->b, "null", 4);
    case JS_TAG_OBJECT:
        return json_begin(w, JS_VALUE_GET_OBJ(value));
    default:
        return JSON_OTHER;
    }
}

static inline bool json_is_left_out(JSValueConst value)
{
    int tag = JS_VALUE_GET_TAG(value);
    return tag == JS_TAG_UNDEFINED || tag == JS_TAG_SYMBOL;
}

/* What comes before an element or a key. */
static inline int json_separate(JSONWriter *w, JSONPlace *place)
{
    if (place->begun && json_put(w->b, ','))
        return JSON_FAILED;
    place->begun = true;
    return json_new_line(w);
}

static int json_write_key(JSONWriter *w, JSAtom key)
{
    char text[16];
    int result;
    if (__JS_AtomIsTaggedInt(key)) {
        text[0] = '"';
        int length = u32toa(text + 1, __JS_AtomToUInt32(key)) + 1;
        text[length] = '"';
        result = json_write(w->b, text, length + 1);
    } else {
        result = json_quote(w, w->ctx->rt->atom_array[key]);
    }
    if (result != JSON_DONE)
        return result;
    return w->gap == NULL ? json_put(w->b, ':') : json_write(w->b, ": ", 2);
}

/* The next property of the innermost object that has a value; false: there is none, or none that is data, which `result` tells. */
static bool json_next_property(JSONPlace *place, JSAtom *key, JSValueConst *value, int *result)
{
    JSObject *object = place->object;
    while (place->index < place->count) {
        uint32_t index = place->index++;
        if (place->keys == NULL) {
            *key = get_shape_prop(object->shape)[index].atom;
            *value = object->prop[index].u.value;
        } else {
            JSProperty *property;
            *key = place->keys[index].atom;
            JSShapeProperty *shaped = find_own_property(&property, object, *key);
            if (shaped->flags & JS_PROP_TMASK) {
                *result = JSON_OTHER;
                return false;
            }
            *value = property->u.value;
        }
        if (!json_is_left_out(*value))
            return true;
        js_charge(1);
    }
    return false;
}

static int json_write_all(JSONWriter *w, JSValueConst value)
{
    int result = json_write_value(w, value);
    while (result == JSON_DONE && w->depth > 0) {
        JSONPlace *place = &w->places[w->depth - 1];
        JSObject *object = place->object;
        bool is_array = object->class_id == JS_CLASS_ARRAY;
        if (js_poll_interrupts(w->ctx))
            return JSON_FAILED;
        if (is_array && place->index < place->count) {
            value = object->u.array.u.values[place->index++];
            result = json_separate(w, place);
            if (result == JSON_DONE)
                result = json_is_left_out(value) ? json_write(w->b, "null", 4) : json_write_value(w, value);
            continue;
        }
        JSAtom key;
        if (!is_array && json_next_property(place, &key, &value, &result)) {
            result = json_separate(w, place);
            if (result == JSON_DONE)
                result = json_write_key(w, key);
            if (result == JSON_DONE)
                result = json_write_value(w, value);
            continue;
        }
        if (result != JSON_DONE)
            break;
        bool begun = place->begun;
        json_end(w);
        if (begun)
            result = json_new_line(w);
        if (result == JSON_DONE)
            result = json_put(w->b, is_array ? ']' : '}');
    }
    return result;
}

/* JSON.stringify(value, replacer, space) */
static JSValue json_stringify(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    StringBuffer buffer;
    JSONWriter writer = {ctx, &buffer}, *w = &writer;
    JSValue gap = JS_UNDEFINED;
    bool indented = !JS_IsUndefined(values[2]) && !JS_IsNull(values[2]);
    if (!JS_IsUndefined(values[1]) && !JS_IsNull(values[1]))
        return js_json_stringify(ctx, self, count, values);
    if (JS_IsNumber(values[2])) {
        int length;
        JS_ToInt32Clamp(ctx, &length, values[2], 0, 10, 0);
        gap = js_new_string8_len(ctx, "          ", length);
    } else if (JS_VALUE_GET_TAG(values[2]) == JS_TAG_STRING) {
        JSString *space = JS_VALUE_GET_STRING(values[2]);
        gap = js_sub_string(ctx, space, 0, min_int(space->len, 10));
    } else if (indented) {
        return js_json_stringify(ctx, self, count, values);
    }
    if (JS_IsException(gap))
        return gap;
    if (indented && JS_VALUE_GET_STRING(gap)->len > 0)
        w->gap = JS_VALUE_GET_STRING(gap);
    int result = string_buffer_init(ctx, &buffer, 256) ? JSON_FAILED : json_write_all(w, values[0]);
    while (w->depth > 0)
        json_end(w);
    js_free(ctx, w->places);
    JS_FreeValue(ctx, gap);
    if (result == JSON_DONE)
        return string_buffer_end(&buffer);
    string_buffer_free(&buffer);
    return result == JSON_FAILED ? JS_EXCEPTION : js_json_stringify(ctx, self, count, values);
}
