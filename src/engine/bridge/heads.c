/*
 * Heads of messages: the usual reads and edits of them, in the place of the guest's own functions. Each does what the guest's does
 * where all is as usual, and nothing at all elsewhere: then it calls the guest's, which knows every error and every state. So
 * `src/policy/headers.ts`, `src/guest/filtered-message.ts` and `src/guest/message-head.ts` say what heads are, on every engine.
 *
 * The edits of a message are a flat array of the guest's, kind, name, value …, in the `journal` of its `MessageHead`; `read` is the list
 * of its headers with all edits, where that was read.
 */
enum { EDIT_VALUES = 3, LONGEST_NAME = 64, LONGEST_VALUE = 4096 };

static const char *const head_function_names[HEAD_FUNCTIONS] = { "set", "append", "delete", "has", "get" };
static const char *const pseudo_headers[SHOWN_HEADERS] = { ":method", ":path", ":authority", ":scheme", ":status" };

/* A message, as far as it is the guest's. */
typedef struct {
    JSObject *object, *owner;
    JSValue *bits;
    /* NULL: it has none yet. */
    JSObject *head;
} HeadMessage;

static JSValue *find_own_value(JSObject *object, KnownField *field)
{
    JSProperty *property;
    JSShapeProperty *found = find_own_property(&property, object, field->name);
    if (found == NULL || (found->flags & (JS_PROP_TMASK | JS_PROP_WRITABLE)) != JS_PROP_WRITABLE)
        return NULL;
    /* A shape that somebody holds is never changed in place. One that is not hashed is its object's alone, and large ones may be costly. */
    if (object->shape->is_hashed && object->shape->prop_count <= JS_KEPT_SHAPE_MAX_PROPS) {
        js_free_shape_null(bridge.runtime, field->shape);
        field->shape = js_dup_shape(object->shape);
        field->index = property - object->prop;
    }
    return &property->u.value;
}

/* The value of a data property of the object's own; NULL: there is no such, or it may not be written. */
static inline JSValue *own_value(JSObject *object, KnownField *field)
{
    return object->shape == field->shape ? &object->prop[field->index].u.value : find_own_value(object, field);
}

static inline JSObject *own_object(JSObject *object, KnownField *field, const JSObject *class)
{
    JSValue *value = own_value(object, field);
    if (value == NULL || !JS_IsObject(*value) || JS_VALUE_GET_OBJ(*value)->shape->proto != class)
        return NULL;
    return JS_VALUE_GET_OBJ(*value);
}

static inline JSObject *follow(JSObject *object, KnownField *field)
{
    JSValue *value = object == NULL ? NULL : own_value(object, field);
    return value == NULL || !JS_IsObject(*value) ? NULL : JS_VALUE_GET_OBJ(*value);
}

/* One of the guest's exchanges, or of a class that extends theirs: those of a chain. */
static bool is_exchange(const JSObject *object)
{
    const JSObject *class = object == NULL ? NULL : object->shape->proto;
    return class != NULL && (class == heads.exchange_class || class->shape->proto == heads.exchange_class);
}

static bool is_message(JSObject *object, HeadMessage *found)
{
    found->object = object;
    found->bits = own_value(found->object, &heads.bits);
    found->owner = follow(found->object, &heads.owner);
    found->head = own_object(found->object, &heads.head, heads.head_class);
    return found->bits != NULL && JS_VALUE_GET_TAG(*found->bits) == JS_TAG_INT && is_exchange(found->owner);
}

static bool find_message(JSValueConst self, KnownField *field, HeadMessage *found)
{
    JSObject *object = JS_IsObject(self) ? own_object(JS_VALUE_GET_OBJ(self), field, heads.message_class) : NULL;
    return object != NULL && is_message(object, found);
}

static inline int bits_of(const HeadMessage *message)
{
    return JS_VALUE_GET_INT(*message->bits);
}

static inline int map_of(const HeadMessage *message)
{
    return bits_of(message) & heads.response_bit ? 2 : 0;
}

/* The message is the host's, and the host's calls act on its exchange. */
static bool is_effective(const HeadMessage *message)
{
    JSValue *id = own_value(message->owner, &heads.id);
    return id != NULL && JS_VALUE_GET_TAG(*id) == JS_TAG_INT && JS_VALUE_GET_INT(*id) == bridge.effective_context &&
           follow(follow(follow(message->owner, &heads.instance), &heads.access), &heads.calls) == heads.host;
}

/* An array without holes, as the guest's journals and lists are; NULL: it is none. */
static JSObject *dense_array(JSValueConst value)
{
    JSObject *array = JS_IsObject(value) ? JS_VALUE_GET_OBJ(value) : NULL;
    if (array == NULL || array->class_id != JS_CLASS_ARRAY || !array->fast_array || !array->extensible ||
        JS_VALUE_GET_TAG(array->prop[0].u.value) != JS_TAG_INT ||
        (uint32_t)JS_VALUE_GET_INT(array->prop[0].u.value) != array->u.array.count)
        return NULL;
    return array;
}

/* The array is gone through: as much work as a loop of some rounds. */
static inline void charge_array(const JSObject *array)
{
    js_charge(array->u.array.count >> 4);
}

static inline void set_count(JSObject *array, uint32_t count)
{
    array->u.array.count = count;
    array->prop[0].u.value = js_int32(count);
}

static int push_values(JSContext *ctx, JSObject *array, int count, const JSValueConst *values)
{
    uint32_t length = array->u.array.count;
    if (length + count > array->u.array.u1.size && expand_fast_array(ctx, array, length + 4 * EDIT_VALUES))
        return -1;
    for (int index = 0; index < count; index++)
        array->u.array.u.values[length + index] = js_dup(values[index]);
    set_count(array, length + count);
    return 0;
}

/* A string of one byte a char; NULL: it is none, or in pieces. */
static inline JSString *byte_string(JSValueConst value)
{
    if (JS_VALUE_GET_TAG(value) != JS_TAG_STRING || JS_VALUE_GET_STRING(value)->is_wide_char)
        return NULL;
    return JS_VALUE_GET_STRING(value);
}

static bool same_name(JSValueConst value, const uint8_t *name, size_t length)
{
    const JSString *string = byte_string(value);
    return string != NULL && string->len == length && memcmp(str8((JSString *)string), name, length) == 0;
}

/* A header name (RFC 9110 section 5.1) in lower case. 0: the guest is to judge it. */
static size_t lower_name(JSValueConst value, uint8_t *lower)
{
    /* What letters of a name have in lower case only; 0: it is no such char. */
    enum { LOWER = 0x20, AS_IT_IS = 1 };
    static const uint8_t chars[0x80] = {
        ['a' ... 'z'] = AS_IT_IS, ['0' ... '9'] = AS_IT_IS, ['A' ... 'Z'] = LOWER, ['!'] = AS_IT_IS, ['#' ... '\''] = AS_IT_IS,
        ['*'] = AS_IT_IS, ['+'] = AS_IT_IS, ['-'] = AS_IT_IS, ['.'] = AS_IT_IS, ['^' ... '`'] = AS_IT_IS, ['|'] = AS_IT_IS, ['~'] = AS_IT_IS,
    };
    JSString *string = byte_string(value);
    if (string == NULL || string->len > LONGEST_NAME)
        return 0;
    const uint8_t *bytes = str8(string);
    for (size_t index = 0; index < string->len; index++) {
        uint8_t byte = bytes[index];
        if (byte >= sizeof(chars) || chars[byte] == 0)
            return 0;
        lower[index] = byte | (chars[byte] & LOWER);
    }
    return string->len;
}

/* Each of the names has its length before it. */
static bool is_one_of(const char *names, const uint8_t *name, size_t length)
{
    for (size_t size; (size = (uint8_t)*names) > 0; names += 1 + size) {
        if (size == length && memcmp(names + 1, name, length) == 0)
            return true;
    }
    return false;
}

/* See `framingFields` in `src/policy/header-syntax.ts`. */
static bool is_framing_field(const uint8_t *name, size_t length)
{
    return is_one_of("\4host\16content-length\21transfer-encoding\12connection\12keep-alive\2te\7trailer\7upgrade\6expect\20proxy-connection",
                     name, length);
}

/* See `src/abi/hop-by-hop.ts`. */
static bool is_hop_by_hop(const uint8_t *name, size_t length)
{
    return length >= 7 && is_one_of("\7upgrade\12connection\12keep-alive\20proxy-connection\21transfer-encoding", name, length);
}

/* Whether it may be a header's value (RFC 9110 section 5.5). false: no, or the guest is to judge it. */
static bool is_legal_value(JSValueConst value)
{
    JSString *string = byte_string(value);
    if (string == NULL || string->len > LONGEST_VALUE)
        return false;
    const uint8_t *bytes = str8(string);
    for (size_t index = 0; index < string->len; index++) {
        if ((bytes[index] < 0x20 && bytes[index] != '\t') || bytes[index] == 0x7f)
            return false;
    }
    return true;
}

/* Does to a list what the host will do to the map. */
static int apply_edit(JSContext *ctx, JSObject *list, int kind, JSValueConst name, JSValueConst value)
{
    const JSString *wanted = byte_string(name);
    JSValue *values = list->u.array.u.values;
    uint32_t kept = 0;
    bool done = false;
    charge_array(list);
    for (uint32_t index = 0; kind != EDIT_APPEND && index + 1 < list->u.array.count; index += 2) {
        bool same = same_name(values[index], str8((JSString *)wanted), wanted->len);
        if (same && (kind == EDIT_DELETE || done)) {
            JS_FreeValue(ctx, values[index]);
            JS_FreeValue(ctx, values[index + 1]);
            continue;
        }
        if (same) {
            set_value(ctx, &values[index + 1], js_dup(value));
            done = true;
        }
        values[kept] = values[index];
        values[kept + 1] = values[index + 1];
        kept += 2;
    }
    if (kind != EDIT_APPEND)
        set_count(list, kept);
    return kind == EDIT_APPEND || (kind == EDIT_SET && !done) ? push_values(ctx, list, 2, (JSValueConst[]){ name, value }) : 0;
}

/* Gives the message what holds its edits; false: it cannot be had. */
static bool ensure_head(JSContext *ctx, HeadMessage *message)
{
    if (message->head != NULL)
        return true;
    if (find_own_property1(message->object, heads.head.name) != NULL || !message->object->extensible)
        return false;
    JSValue head = JS_NewObjectProto(ctx, JS_MKPTR(JS_TAG_OBJECT, heads.head_class));
    if (JS_IsException(head))
        return false;
    message->head = JS_VALUE_GET_OBJ(head);
    if (JS_DefinePropertyValue(ctx, head, heads.read.name, JS_UNDEFINED, JS_PROP_C_W_E) < 0 ||
        JS_DefinePropertyValue(ctx, head, heads.journal.name, JS_UNDEFINED, JS_PROP_C_W_E) < 0) {
        JS_FreeValue(ctx, head);
        return false;
    }
    if (JS_DefinePropertyValue(ctx, JS_MKPTR(JS_TAG_OBJECT, message->object), heads.head.name, head, JS_PROP_C_W_E) < 0)
        return false;
    /* A property more: its others may lie elsewhere now. */
    message->bits = own_value(message->object, &heads.bits);
    return true;
}

static inline void note_head(HeadMessage *message)
{
    *message->bits = js_int32(bits_of(message) | heads.head_bit);
}

/* Adds an edit. 0: the guest is to do it; -1: memory is short. */
static int record_edit(JSContext *ctx, HeadMessage *message, int kind, JSValueConst name, JSValueConst value)
{
    if (!ensure_head(ctx, message))
        return JS_HasException(ctx) ? -1 : 0;
    JSValue *journal = own_value(message->head, &heads.journal);
    JSValue *read = own_value(message->head, &heads.read);
    if (journal == NULL || read == NULL)
        return 0;
    JSObject *list = dense_array(*read);
    if (list == NULL && !JS_IsUndefined(*read))
        return 0;
    if (JS_IsUndefined(*journal)) {
        JSValue made = JS_NewArray(ctx);
        if (JS_IsException(made))
            return -1;
        *journal = made;
    }
    JSObject *edits = dense_array(*journal);
    if (edits == NULL)
        return 0;
    if (push_values(ctx, edits, EDIT_VALUES, (JSValueConst[]){ js_int32(kind), name, value }))
        return -1;
    note_head(message);
    return list == NULL || apply_edit(ctx, list, kind, name, value) == 0 ? 1 : -1;
}

/* Whether the head can be changed. */
static bool is_open(const HeadMessage *message)
{
    JSProperty *over;
    JSShapeProperty *shape = find_own_property(&over, message->owner, heads.over);
    return !(bits_of(message) & heads.closed_bits) &&
           (shape == NULL || ((shape->flags & JS_PROP_TMASK) == JS_PROP_NORMAL && JS_IsUndefined(over->u.value)));
}

static JSValue edit_headers(JSContext *ctx, HeadMessage *message, int kind, JSValueConst name, JSValueConst value)
{
    uint8_t lower[LONGEST_NAME];
    size_t length = lower_name(name, lower);
    if (length == 0 || is_framing_field(lower, length) || !is_open(message) || (kind != EDIT_DELETE && !is_legal_value(value)))
        return JS_UNINITIALIZED;
    JSValue empty = kind == EDIT_DELETE ? js_empty_string(ctx->rt) : JS_UNDEFINED;
    JSValue named = same_name(name, lower, length) ? js_dup(name) : js_new_string8_len(ctx, (const char *)lower, length);
    int done = JS_IsException(named) ? -1 : record_edit(ctx, message, kind, named, kind == EDIT_DELETE ? empty : value);
    JS_FreeValue(ctx, named);
    JS_FreeValue(ctx, empty);
    return done > 0 ? JS_UNDEFINED : done < 0 ? JS_EXCEPTION : JS_UNINITIALIZED;
}

/* The list of the message, with all edits, if it was read. */
static JSObject *read_list(const HeadMessage *message)
{
    JSValue *read = message->head == NULL ? NULL : own_value(message->head, &heads.read);
    return read == NULL ? NULL : dense_array(*read);
}

/* Neither the list was read nor a header of that name changed: what the host has is what the filter sees. */
static bool is_as_it_came(const HeadMessage *message, const uint8_t *name, size_t length)
{
    if (!(bits_of(message) & heads.touched_bits))
        return true;
    if (bits_of(message) & (heads.head_out_bit | heads.consumed_bits))
        return false;
    if (message->head == NULL)
        return true;
    JSValue *read = own_value(message->head, &heads.read), *journal = own_value(message->head, &heads.journal);
    if (read == NULL || journal == NULL || !JS_IsUndefined(*read))
        return false;
    if (JS_IsUndefined(*journal))
        return true;
    const JSObject *edits = dense_array(*journal);
    if (edits != NULL)
        charge_array(edits);
    for (uint32_t index = 1; edits != NULL && index < edits->u.array.count; index += EDIT_VALUES) {
        if (same_name(edits->u.array.u.values[index], name, length))
            return false;
    }
    return edits != NULL;
}

static inline void release_pairs(void)
{
    free(heads.pairs.bytes);
    heads.pairs.bytes = NULL;
}

static inline bool holds_pairs(const HeadMessage *message)
{
    return heads.pairs.bytes != NULL && heads.pairs.context == bridge.effective_context && heads.pairs.map == map_of(message);
}

/* Has the host write down the head of the message, which acts on its exchange. false: it does not. */
static bool hold_pairs(const HeadMessage *message)
{
    if (holds_pairs(message))
        return true;
    release_pairs();
    heads.pairs.context = bridge.effective_context;
    heads.pairs.map = map_of(message);
    return proxy_get_header_map_pairs(heads.pairs.map, &heads.pairs.bytes, &heads.pairs.length) == 0 && heads.pairs.bytes != NULL;
}

/* A walk through what the host has written: count, lengths of names and values, then each with a zero byte behind it. */
typedef struct {
    const uint8_t *lengths, *at, *end;
    uint32_t left;
} PairWalk;

typedef struct {
    const uint8_t *name, *value;
    uint32_t name_length, value_length;
} Pair;

static PairWalk walk_pairs(void)
{
    const uint8_t *bytes = heads.pairs.bytes;
    size_t length = heads.pairs.length;
    uint32_t count = 0;
    if (length >= 4)
        memcpy(&count, bytes, 4);
    if (count > length / 10 + 1)
        count = 0;
    js_charge(count >> 3);
    return (PairWalk){.lengths = bytes + 4, .at = bytes + 4 + (size_t)count * 8, .end = bytes + length, .left = count};
}

static bool next_pair(PairWalk *walk, Pair *pair)
{
    uint32_t sizes[2];
    if (walk->left == 0 || walk->at > walk->end)
        return false;
    memcpy(sizes, walk->lengths, 8);
    if (sizes[0] + (uint64_t)sizes[1] + 2 > (uint64_t)(walk->end - walk->at))
        return false;
    *pair = (Pair){.name = walk->at, .value = walk->at + sizes[0] + 1, .name_length = sizes[0], .value_length = sizes[1]};
    walk->at = pair->value + sizes[1] + 1;
    walk->lengths += 8;
    walk->left--;
    return true;
}

/* What is held under that name: null where it is not there, uninitialized where it is several times. */
static JSValue held_value(JSContext *ctx, const uint8_t *name, size_t length)
{
    PairWalk walk = walk_pairs();
    Pair pair, found = {0};
    while (next_pair(&walk, &pair)) {
        if (pair.name_length != length || memcmp(pair.name, name, length) != 0)
            continue;
        if (found.name != NULL)
            return JS_UNINITIALIZED;
        found = pair;
    }
    return found.name == NULL ? JS_NULL : js_new_string8_len(ctx, (const char *)found.value, found.value_length);
}

static bool holds_name(const uint8_t *name, size_t length)
{
    PairWalk walk = walk_pairs();
    Pair pair;
    while (next_pair(&walk, &pair)) {
        if (pair.name_length == length && memcmp(pair.name, name, length) == 0)
            return true;
    }
    return false;
}

/* The first value of that name (in lower case): null where there is none, uninitialized where the guest is to say. */
static JSValue first_value(JSContext *ctx, const HeadMessage *message, const uint8_t *name, size_t length)
{
    if (is_as_it_came(message, name, length)) {
        uint8_t *value = NULL;
        size_t size = 0;
        if (!is_effective(message))
            return JS_UNINITIALIZED;
        JSValue held = holds_pairs(message) ? held_value(ctx, name, length) : JS_UNINITIALIZED;
        if (JS_VALUE_GET_TAG(held) != JS_TAG_UNINITIALIZED)
            return held;
        if (proxy_get_header_map_value(map_of(message), name, length, &value, &size) != 0)
            return JS_NULL;
        JSValue string = js_new_string8_len(ctx, (const char *)value, size);
        free(value);
        return string;
    }
    const JSObject *list = read_list(message);
    if (list == NULL || bits_of(message) & heads.consumed_bits)
        return JS_UNINITIALIZED;
    charge_array(list);
    for (uint32_t index = 0; index + 1 < list->u.array.count; index += 2) {
        if (same_name(list->u.array.u.values[index], name, length))
            return js_dup(list->u.array.u.values[index + 1]);
    }
    return JS_NULL;
}

/* Adds what the host has. -1: memory is short. */
static int add_pairs(JSContext *ctx, JSObject *list, bool is_response)
{
    PairWalk walk = walk_pairs();
    Pair pair;
    while (next_pair(&walk, &pair)) {
        /* Envoy shows those of responses; of requests it has taken them away. */
        if (is_response && is_hop_by_hop(pair.name, pair.name_length))
            continue;
        JSValue values[2] = { js_new_string8_len(ctx, (const char *)pair.name, pair.name_length),
                              js_new_string8_len(ctx, (const char *)pair.value, pair.value_length) };
        int failed = JS_IsException(values[0]) || JS_IsException(values[1]) || push_values(ctx, list, 2, values);
        JS_FreeValue(ctx, values[0]);
        JS_FreeValue(ctx, values[1]);
        if (failed)
            return -1;
    }
    return 0;
}

/* Reads the list and keeps it. 0: the guest is to do it; -1: memory is short. */
static int load_list(JSContext *ctx, HeadMessage *message)
{
    if (bits_of(message) & (heads.head_out_bit | heads.consumed_bits) || !is_effective(message))
        return 0;
    if (!ensure_head(ctx, message))
        return JS_HasException(ctx) ? -1 : 0;
    JSValue *read = own_value(message->head, &heads.read), *journal = own_value(message->head, &heads.journal);
    JSObject *edits = journal == NULL ? NULL : dense_array(*journal);
    if (read == NULL || !JS_IsUndefined(*read) || journal == NULL || (edits == NULL && !JS_IsUndefined(*journal)))
        return 0;
    if (!hold_pairs(message))
        return 0;
    JSValue made = JS_NewArray(ctx);
    int failed = JS_IsException(made) || add_pairs(ctx, JS_VALUE_GET_OBJ(made), map_of(message) != 0);
    for (uint32_t index = 0; !failed && edits != NULL && index + 2 < edits->u.array.count; index += EDIT_VALUES) {
        const JSValue *edit = &edits->u.array.u.values[index];
        failed = byte_string(edit[1]) == NULL || apply_edit(ctx, JS_VALUE_GET_OBJ(made), JS_VALUE_GET_INT(edit[0]), edit[1], edit[2]);
    }
    if (failed) {
        JS_FreeValue(ctx, made);
        return JS_HasException(ctx) ? -1 : 0;
    }
    *read = made;
    note_head(message);
    return 1;
}

/* Makes the list of a message that stays, some headers of which were read: what is read can be read again when the head has left. */
static void keep_readable(JSContext *ctx, JSObject *object)
{
    HeadMessage message;
    if (!is_message(object, &message) || !holds_pairs(&message) || read_list(&message) != NULL)
        return;
    JSValue thrown = JS_GetException(ctx);
    if (load_list(ctx, &message) < 0)
        JS_FreeValue(ctx, JS_GetException(ctx));
    JS_Throw(ctx, thrown);
}

static JSValue get_header(JSContext *ctx, HeadMessage *message, JSValueConst name)
{
    uint8_t lower[LONGEST_NAME];
    size_t length = lower_name(name, lower);
    if (length == 0 || bits_of(message) & heads.consumed_bits)
        return JS_UNINITIALIZED;
    JSObject *list = read_list(message);
    if (list == NULL && heads.reads_pairs && is_as_it_came(message, lower, length)) {
        if (map_of(message) != 0 && is_hop_by_hop(lower, length))
            return JS_NULL;
        return is_effective(message) && hold_pairs(message) ? held_value(ctx, lower, length) : JS_UNINITIALIZED;
    }
    if (list == NULL) {
        int loaded = load_list(ctx, message);
        if (loaded <= 0)
            return loaded < 0 ? JS_EXCEPTION : JS_UNINITIALIZED;
        list = read_list(message);
    }
    JSValueConst found = JS_NULL;
    charge_array(list);
    for (uint32_t index = 0; index + 1 < list->u.array.count; index += 2) {
        if (!same_name(list->u.array.u.values[index], lower, length))
            continue;
        if (!JS_IsNull(found))
            return JS_UNINITIALIZED;
        found = list->u.array.u.values[index + 1];
    }
    return js_dup(found);
}

static JSValue has_header(JSContext *ctx, const HeadMessage *message, JSValueConst name)
{
    uint8_t lower[LONGEST_NAME];
    size_t length = lower_name(name, lower);
    if (length == 0)
        return JS_UNINITIALIZED;
    if (map_of(message) != 0 && is_hop_by_hop(lower, length))
        return JS_FALSE;
    if (is_as_it_came(message, lower, length) && is_effective(message))
        return js_bool(holds_pairs(message) ? holds_name(lower, length) : host_has_header(map_of(message), lower, length));
    JSValue value = first_value(ctx, message, lower, length);
    if (JS_VALUE_GET_TAG(value) == JS_TAG_UNINITIALIZED || JS_IsException(value))
        return value;
    JS_FreeValue(ctx, value);
    return js_bool(!JS_IsNull(value));
}

/* `headers.set()` and its like. */
static JSValue head_function(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int which)
{
    HeadMessage message;
    JSValue result = JS_UNINITIALIZED;
    if (find_message(self, &heads.store, &message)) {
        if (which == HEADERS_HAS)
            result = has_header(ctx, &message, argv[0]);
        else if (which == HEADERS_GET)
            result = get_header(ctx, &message, argv[0]);
        else
            result = edit_headers(ctx, &message, which, argv[0], which == EDIT_DELETE ? JS_UNDEFINED : argv[1]);
    }
    return JS_VALUE_GET_TAG(result) == JS_TAG_UNINITIALIZED ? JS_Call(ctx, heads.functions[which], self, argc, argv) : result;
}

/* The status, which has three digits, as a number. */
static JSValue status_number(JSContext *ctx, JSValue value)
{
    const JSString *string = byte_string(value);
    const uint8_t *digits = string == NULL || string->len != 3 ? NULL : str8((JSString *)string);
    int number = digits == NULL ? -1 : 0;
    for (int index = 0; number >= 0 && index < 3; index++)
        number = digits[index] >= '0' && digits[index] <= '9' ? number * 10 + digits[index] - '0' : -1;
    JS_FreeValue(ctx, value);
    return number < 0 ? JS_UNINITIALIZED : js_int32(number);
}

static JSValue get_pseudo_header(JSContext *ctx, JSValueConst self, int which)
{
    HeadMessage message;
    const char *name = pseudo_headers[which];
    if (!find_message(self, &heads.message, &message))
        return JS_UNINITIALIZED;
    JSValue value = first_value(ctx, &message, (const uint8_t *)name, strlen(name));
    if (which == PSEUDO_STATUS)
        return status_number(ctx, value);
    return JS_IsNull(value) ? js_empty_string(ctx->rt) : value;
}

/* `request.path` and its like; `request.headers` where they were shown before. */
static JSValue head_getter(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int magic)
{
    int which = magic % HEAD_GETTERS;
    JSValue result = JS_UNINITIALIZED;
    if (which == SHOWN_HEADERS) {
        JSValue *shown = JS_IsObject(self) ? own_value(JS_VALUE_GET_OBJ(self), &heads.shown_headers) : NULL;
        if (shown != NULL && JS_IsObject(*shown))
            result = js_dup(*shown);
    } else {
        result = get_pseudo_header(ctx, self, which);
    }
    return JS_VALUE_GET_TAG(result) == JS_TAG_UNINITIALIZED
               ? JS_Call(ctx, heads.getters[magic / HEAD_GETTERS][which], self, 0, NULL)
               : result;
}

/* A path and its query; see `pathSyntax` in `src/policy/header-syntax.ts`. */
static bool is_path(JSValueConst value)
{
    JSString *string = byte_string(value);
    if (string == NULL || string->len == 0 || string->len > LONGEST_VALUE || str8(string)[0] != '/')
        return false;
    const uint8_t *bytes = str8(string);
    for (size_t index = 1; index < string->len; index++) {
        if (bytes[index] <= 0x20 || (bytes[index] >= 0x7f && bytes[index] < 0x80))
            return false;
    }
    return true;
}

/* A method that may take the place of another of these: where a message ends is the same for all of them. */
static bool is_usual_method(JSValueConst value)
{
    const JSString *string = byte_string(value);
    return string != NULL && is_one_of("\3GET\4POST\3PUT\6DELETE\5PATCH\7OPTIONS", str8((JSString *)string), string->len);
}

/* What is to be written; uninitialized: the guest is to judge it. */
static JSValue pseudo_value(JSContext *ctx, const HeadMessage *message, int which, JSValueConst value)
{
    if (which == PSEUDO_PATH)
        return is_path(value) ? js_dup(value) : JS_UNINITIALIZED;
    if (which == PSEUDO_STATUS) {
        int status = JS_VALUE_GET_TAG(value) == JS_TAG_INT ? JS_VALUE_GET_INT(value) : 0;
        char digits[] = { '0' + status / 100, '0' + status / 10 % 10, '0' + status % 10 };
        bool usual = status >= 200 && status <= 599 && status != 204 && status != 205 && status != 304;
        return usual ? js_new_string8_len(ctx, digits, sizeof(digits)) : JS_UNINITIALIZED;
    }
    if (which != PSEUDO_METHOD || !is_usual_method(value))
        return JS_UNINITIALIZED;
    JSValue before = first_value(ctx, message, (const uint8_t *)":method", 7);
    if (JS_IsException(before))
        return before;
    bool usual = is_usual_method(before);
    JS_FreeValue(ctx, before);
    return usual ? js_dup(value) : JS_UNINITIALIZED;
}

static JSValue set_pseudo_header(JSContext *ctx, JSValueConst self, int which, JSValueConst value)
{
    HeadMessage message;
    const char *name = pseudo_headers[which];
    if (!find_message(self, &heads.message, &message) || !is_open(&message))
        return JS_UNINITIALIZED;
    JSValue written = pseudo_value(ctx, &message, which, value);
    if (JS_VALUE_GET_TAG(written) == JS_TAG_UNINITIALIZED || JS_IsException(written))
        return written;
    JSValue named = js_new_string8_len(ctx, name, strlen(name));
    int done = JS_IsException(named) ? -1 : record_edit(ctx, &message, EDIT_SET, named, written);
    JS_FreeValue(ctx, named);
    JS_FreeValue(ctx, written);
    return done > 0 ? JS_UNDEFINED : done < 0 ? JS_EXCEPTION : JS_UNINITIALIZED;
}

/* `request.path = …` and its like. */
static JSValue head_setter(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int magic)
{
    int which = magic % HEAD_GETTERS;
    JSValue result = set_pseudo_header(ctx, self, which, argv[0]);
    return JS_VALUE_GET_TAG(result) == JS_TAG_UNINITIALIZED
               ? JS_Call(ctx, heads.setters[magic / HEAD_GETTERS][which], self, argc, argv)
               : result;
}

/* Hands edits to the host, one after the other, up to one that it refuses, or that is not of usual strings: the place of that one. */
static uint32_t flush_edits(int map, const JSObject *edits)
{
    uint32_t index = 0;
    release_pairs();
    for (; index + 2 < edits->u.array.count; index += EDIT_VALUES) {
        const JSValue *edit = &edits->u.array.u.values[index];
        JSString *name = byte_string(edit[1]), *value = byte_string(edit[2]);
        if (JS_VALUE_GET_TAG(edit[0]) != JS_TAG_INT || name == NULL || value == NULL)
            break;
        int kind = JS_VALUE_GET_INT(edit[0]);
        if (kind == EDIT_DELETE)
            proxy_remove_header_map_value(map, str8(name), name->len);
        else if (kind == EDIT_APPEND)
            proxy_add_header_map_value(map, str8(name), name->len, str8(value), value->len);
        else if (proxy_replace_header_map_value(map, str8(name), name->len, str8(value), value->len) != 0)
            break;
    }
    return index;
}

/* (map, edits): how many values of them are done with. */
static JSValue platform_edit_header_map(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    const JSObject *edits = dense_array(argv[1]);
    return js_int32(edits == NULL || JS_VALUE_GET_TAG(argv[0]) != JS_TAG_INT ? 0 : flush_edits(JS_VALUE_GET_INT(argv[0]), edits));
}

static JSValue class_part(JSContext *ctx, JSValueConst object, const char *name)
{
    JSValue value = JS_GetPropertyStr(ctx, object, name);
    JS_FreeValue(ctx, value); /* its object holds it */
    return value;
}

/* Puts a function in the place of a class's, which it may call. */
static JSValue replace_function(JSContext *ctx, JSValueConst class, const char *name, int which)
{
    JSValue before = JS_GetPropertyStr(ctx, class, name);
    JS_DefinePropertyValueStr(ctx, class, name, JS_NewCFunctionMagic(ctx, head_function, name, 1 + (which < EDIT_DELETE), JS_CFUNC_generic_magic, which),
                              JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    return before;
}

/* The same for a getter, and for the setter where there is one. */
static void replace_getter(JSContext *ctx, JSValueConst class, const char *name, JSCFunctionMagic *get_it, int magic,
                           JSCFunctionMagic *set_it, JSValue *getter, JSValue *setter)
{
    JSPropertyDescriptor before;
    JSAtom atom = JS_NewAtom(ctx, name);
    if (JS_GetOwnProperty(ctx, &before, class, atom) <= 0)
        abort();
    bool sets = !JS_IsUndefined(before.setter);
    JSValue get = JS_NewCFunctionMagic(ctx, get_it, name, 0, JS_CFUNC_generic_magic, magic);
    JSValue set = sets ? JS_NewCFunctionMagic(ctx, set_it, name, 1, JS_CFUNC_generic_magic, magic) : JS_UNDEFINED;
    JS_DefineProperty(ctx, class, atom, JS_UNDEFINED, get, set, JS_PROP_HAS_GET | (sets ? JS_PROP_HAS_SET : 0));
    JS_FreeValue(ctx, get);
    JS_FreeValue(ctx, set);
    JS_FreeAtom(ctx, atom);
    *getter = before.getter;
    *setter = before.setter;
}

/* (classes): see `HeadClasses` in `src/abi/port.ts`. Once in a module. */
static JSValue platform_quicken_heads(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    JSValueConst given = argv[0];
    if (heads.installed)
        return JS_UNDEFINED;
    heads.installed = true;
    heads.store.name = JS_NewAtom(ctx, "store");
    heads.message.name = JS_NewAtom(ctx, "message");
    heads.bits.name = JS_NewAtom(ctx, "bits");
    heads.head.name = JS_NewAtom(ctx, "head");
    heads.journal.name = JS_NewAtom(ctx, "journal");
    heads.read.name = JS_NewAtom(ctx, "read");
    heads.owner.name = JS_NewAtom(ctx, "owner");
    heads.over = JS_NewAtom(ctx, "over");
    heads.id.name = JS_NewAtom(ctx, "id");
    heads.instance.name = JS_NewAtom(ctx, "instance");
    heads.access.name = JS_NewAtom(ctx, "access");
    heads.calls.name = JS_NewAtom(ctx, "calls");
    heads.shown_headers.name = JS_NewAtom(ctx, "shownHeaders");
    js_dup(given); /* which holds what follows */
    heads.host = JS_VALUE_GET_OBJ(class_part(ctx, given, "host"));
    heads.exchange_class = JS_VALUE_GET_OBJ(class_part(ctx, given, "exchange"));
    heads.message_class = JS_VALUE_GET_OBJ(class_part(ctx, given, "message"));
    heads.head_class = JS_VALUE_GET_OBJ(class_part(ctx, given, "head"));
    heads.closed_bits = JS_VALUE_GET_INT(class_part(ctx, given, "closedBits"));
    heads.touched_bits = JS_VALUE_GET_INT(class_part(ctx, given, "touchedBits"));
    heads.consumed_bits = JS_VALUE_GET_INT(class_part(ctx, given, "consumedBits"));
    heads.head_bit = JS_VALUE_GET_INT(class_part(ctx, given, "headBit"));
    heads.head_out_bit = JS_VALUE_GET_INT(class_part(ctx, given, "headOutBit"));
    heads.response_bit = JS_VALUE_GET_INT(class_part(ctx, given, "responseBit"));
    for (int which = 0; which < HEAD_FUNCTIONS; which++)
        heads.functions[which] = replace_function(ctx, class_part(ctx, given, "headers"), head_function_names[which], which);
    for (int which = 0; which < HEAD_GETTERS; which++) {
        for (int response = which == PSEUDO_STATUS; response <= (which >= PSEUDO_STATUS); response++) {
            const char *name = which == SHOWN_HEADERS ? "headers" : pseudo_headers[which] + 1;
            replace_getter(ctx, class_part(ctx, given, response ? "response" : "request"), name, head_getter,
                           response * HEAD_GETTERS + which, head_setter, &heads.getters[response][which], &heads.setters[response][which]);
        }
    }
    quicken_context(ctx, class_part(ctx, given, "context"));
    return JS_UNDEFINED;
}
