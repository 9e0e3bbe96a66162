/*
 * Answers of policies that the host is given without the guest: what `AnsweringExchange.send` in `src/guest/exchange-answers.ts` gives it of
 * a `Response`, which is looked at each time. Whatever is not as usual there is left to the guest.
 */

/* The guest's classes: what a policy answers with, and what a filter may return in its place that has it. */
typedef struct {
    const JSObject *response, *decision;
} AnswerClasses;

/* What the host is to be given. Headers that are short lie in it. */
typedef struct {
    int32_t status;
    Text body, headers;
    uint8_t short_headers[256];
} Answer;

static void name_answer_fields(JSContext *ctx)
{
    if (bridge.answer_fields.status != JS_ATOM_NULL)
        return;
    bridge.answer_fields.status = JS_NewAtom(ctx, "sentStatus");
    bridge.answer_fields.headers = JS_NewAtom(ctx, "sentHeaders");
    bridge.answer_fields.body = JS_NewAtom(ctx, "sentBody");
    bridge.answer_fields.response = JS_NewAtom(ctx, "response");
}

static JSObject *instance_of(JSValueConst value, const JSObject *class)
{
    return JS_IsObject(value) && JS_VALUE_GET_OBJ(value)->shape->proto == class ? JS_VALUE_GET_OBJ(value) : NULL;
}

static const JSValue *plain_field(JSObject *object, JSAtom name)
{
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, object, name);
    return shape == NULL || (shape->flags & JS_PROP_TMASK) != JS_PROP_NORMAL ? NULL : &property->u.value;
}

/* A field of the answer's own, which is counted, or that of its class, which those have that lack it. NULL: it is none. */
static const JSValue *answer_field(JSObject *answer, JSAtom name, int *own)
{
    const JSValue *value = plain_field(answer, name);
    if (value == NULL)
        return plain_field(answer->shape->proto, name);
    ++*own;
    return value;
}

static void release_answer(JSContext *ctx, Answer *answer)
{
    release_text(ctx, &answer->body);
    release_text(ctx, &answer->headers);
}

/* Whether an answer of this status never has content; see `isWithoutContent`. */
static inline bool is_without_content(int32_t status)
{
    return status == 204 || status == 205 || status == 304;
}

static bool has_content_type(const JSObject *headers)
{
    for (uint32_t index = 0; index < headers->u.array.count; index += 2) {
        if (same_name(headers->u.array.u.values[index], (const uint8_t *)"content-type", 12))
            return true;
    }
    return false;
}

/* As `serialise_headers`, of a list as answers have it: without what each of its strings may cost there. false: it is no such, or memory is short. */
static bool serialise_list(const JSObject *list, Answer *answer)
{
    uint32_t count = list->u.array.count;
    const JSValue *values = list->u.array.u.values;
    size_t length = 4 + (size_t)count * 5;
    if (count % 2 != 0)
        return false;
    for (uint32_t index = 0; index < count; index++) {
        const JSString *string = byte_string(values[index]);
        if (string == NULL)
            return false;
        length += string->len;
    }
    bool is_short = length <= sizeof(answer->short_headers);
    uint8_t *lengths = is_short ? answer->short_headers : malloc(length);
    if (lengths == NULL)
        return false;
    answer->headers = (Text){.bytes = lengths, .length = length, .owned = is_short ? NULL : lengths};
    uint8_t *bytes = lengths + 4 + (size_t)count * 4;
    store_u32(lengths, count / 2);
    for (uint32_t index = 0; index < count; index++) {
        JSString *string = JS_VALUE_GET_STRING(values[index]);
        lengths += 4;
        store_u32(lengths, string->len);
        memcpy(bytes, str8(string), string->len);
        bytes += string->len;
        *bytes++ = 0;
    }
    return true;
}

/* Text whose surrogates may stand alone, which the guest replaces. */
static bool may_be_ill_formed(JSValueConst text)
{
    if (JS_VALUE_GET_TAG(text) == JS_TAG_STRING_ROPE)
        return JS_VALUE_GET_STRING_ROPE(text)->is_wide_char;
    const JSString *string = JS_VALUE_GET_STRING(text);
    return string->is_wide_char && find_lone_surrogate(str16((JSString *)string), string->len) != string->len;
}

/* Of text or of bytes. false: that is thrown. */
static bool read_body(JSContext *ctx, JSValueConst body, Text *text)
{
    if (!JS_IsString(body))
        return read_bytes(ctx, body, text);
    return may_be_ill_formed(body) ? throw_bad_argument(ctx) : read_utf8(ctx, body, text);
}

/* false: it is for the guest to send; nothing is thrown, and nothing to be released. */
static bool read_answer(JSContext *ctx, const AnswerClasses *classes, JSValueConst result, Answer *answer)
{
    int own = 0;
    JSObject *decision = instance_of(result, classes->decision);
    const JSValue *held = decision == NULL ? &result : plain_field(decision, bridge.answer_fields.response);
    JSObject *response = held == NULL ? NULL : instance_of(*held, classes->response);
    if (response == NULL)
        return false;
    const JSValue *status = answer_field(response, bridge.answer_fields.status, &own);
    const JSValue *headers = answer_field(response, bridge.answer_fields.headers, &own);
    const JSValue *body = answer_field(response, bridge.answer_fields.body, &own);
    const JSObject *list = headers == NULL ? NULL : dense_array(*headers);
    /* Nothing of it may stand before what its class has. */
    if (status == NULL || JS_VALUE_GET_TAG(*status) != JS_TAG_INT || list == NULL || body == NULL || own != response->shape->prop_count)
        return false;
    answer->status = JS_VALUE_GET_INT(*status);
    answer->body = answer->headers = (Text){0};
    if (!read_body(ctx, *body, &answer->body)) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        return false;
    }
    if (!(is_without_content(answer->status) && (answer->body.length > 0 || has_content_type(list))) &&
        serialise_list(list, answer))
        return true;
    release_answer(ctx, answer);
    return false;
}

/* The host is told the details. */
static void send_answer(const Text *details, const Answer *answer)
{
    proxy_send_local_response(
        answer->status, details->bytes, details->length, answer->body.bytes, answer->body.length,
        answer->headers.bytes, answer->headers.length, -1);
}
