/*
 * A prepared exchange: the objects that a guest makes for every exchange, made once and used for one exchange after the other, as
 * long as none leaves anything in them. To make and to free them is most of what a usual exchange would take. All policies that an
 * exchange passes are given the same ones, one policy after the other: in a proxy, whose own code and data fill the processor's caches
 * between two requests, it is the first look at an object that takes time.
 *
 * Before a filter runs it is written down what they are. Afterwards they are used again only if each of them is as it was and
 * nobody else holds it: what a policy keeps of an exchange is never another one's. `src/guest/prepared-exchange.ts` describes them.
 */

#define PREPARED_OBJECTS 10
#define PREPARED_PROPERTIES 32
#define PREPARED_RUNS 24
#define PREPARED_VALUES 64
#define PREPARED_FIELDS 16
#define PREPARED_KEPT 2

/* All bits of a value, of which a property consists. */
#if JS_NAN_BOXING
typedef uint64_t ValueBits;
#else
typedef uint64_t ValueBits __attribute__((vector_size(16)));
#endif
_Static_assert(sizeof(JSProperty) == sizeof(ValueBits) && sizeof(JSValue) == sizeof(ValueBits), "A value has other bits.");

/* The filters of an exchange; that for the response also where it is the answer of the policy's own request filter. */
enum { ON_REQUEST, ON_RESPONSE, ON_ANSWER, PREPARED_FILTERS };
/* What comes before the other `lasting` fields of a filter, and before the other `passing` ones. */
enum { MESSAGE_BITS, HEAD_READ, HEAD_JOURNAL, MESSAGE_FIELDS, OF_INSTANCE = MESSAGE_FIELDS, OF_PLACE, LASTING_FIELDS };
enum { RAN_LAST, FILTER_CALLED, PASSING_FIELDS };
/* When the parts of an exchange began and ended, in milliseconds since the epoch, where the policy has `onDone`; 0: not yet. */
enum { STARTED, REQUEST_ENDED, RESPONSE_STARTED, RESPONSE_ENDED, PREPARED_TIMES };

/* An object, and what it is when it can be used: who holds it, and which properties it has. */
typedef struct {
    JSObject *object;
    JSShape *shape;
    int references;
    uint32_t written; /* a bit for each property that need not have the same value */
} PreparedObject;

/* Properties of an object one after the other that have the same values then. */
typedef struct {
    uint8_t object, first, count;
} PreparedRun;

/* A property and two values: without and with the end of the stream, or while the filter runs and afterwards. */
typedef struct {
    JSObject *object;
    uint32_t index;
    JSValue values[2];
} PreparedField;

typedef struct {
    JSValue arguments[2];
    int begun_bits; /* of the message, of the running exchange */
    int object_count, run_count, lasting_count, passing_count;
    PreparedObject objects[PREPARED_OBJECTS];
    PreparedRun runs[PREPARED_RUNS];
    JSValue values[PREPARED_VALUES]; /* of the properties in `runs` */
    PreparedField lasting[PREPARED_FIELDS], passing[PREPARED_FIELDS];
} PreparedFilter;

/* One of the policies that an exchange passes. */
typedef struct {
    JSValue policy, instance;
    JSValue filters[2]; /* of requests and of responses; undefined: it has none */
    bool waits[2];      /* that is a generator function, which may have to wait where it yields */
    bool has_done;      /* its `onDone` is told of every exchange */
    int kept_count;     /* of the request's head, so much is kept for it */
    int user;           /* whose code the filters are */
    UseCounts counts;
    Text details; /* the host is told of each of its answers */
} PreparedUse;

typedef struct {
    JSValue description; /* holds all that the rest points to */
    JSValue exchange, nothing, data_class;
    AnswerClasses answers;
    JSValue promise_class, go_on; /* of what filters await; what drives a generator where that is not there yet */
    PreparedFilter filters[PREPARED_FILTERS];
    /* What the request filter has handed on; and what is kept of the request's head, under which names. */
    PreparedField data, kept[PREPARED_KEPT];
    JSString *kept_names[PREPARED_KEPT];
    int over_count;
    PreparedField over[PREPARED_FIELDS];
} Prepared;

/* What a policy that has let the request go on waits with for the response: nothing of it is in an object. */
struct PreparedWait {
    PreparedWait *next; /* of the policy before it */
    int place;          /* of the policy, in the order of requests */
    bool answered;      /* its request filter has answered; else it has let the request go on */
    bool passed;        /* the response has come, and has gone on */
    JSValue data;
    uint64_t times[PREPARED_TIMES];
    uint8_t *kept[PREPARED_KEPT];
    size_t lengths[PREPARED_KEPT];
};

/* The same object, or the same value and kind. */
static inline bool is_same(JSValueConst left, JSValueConst right)
{
#if JS_NAN_BOXING
    return left == right;
#else
    if (left.tag != right.tag)
        return false;
    return JS_VALUE_HAS_REF_COUNT(left) || JS_TAG_IS_FLOAT64(left.tag) ? left.u.ptr == right.u.ptr : left.u.int32 == right.u.int32;
#endif
}

static JSValue prepared_item(JSContext *ctx, JSValue list, uint32_t index)
{
    JSValue value = JS_GetPropertyUint32(ctx, list, index);
    JS_FreeValue(ctx, value);
    return value;
}

static JSValue prepared_part(JSContext *ctx, JSValue description, const char *name)
{
    JSValue value = JS_GetPropertyStr(ctx, description, name);
    JS_FreeValue(ctx, value);
    return value;
}

/* -1: there are more. */
static int prepared_count(JSContext *ctx, JSValue list, int most)
{
    int64_t length;
    return JS_GetLength(ctx, list, &length) || length > most ? -1 : (int)length;
}

static int prepared_field(JSContext *ctx, JSValueConst object, JSValueConst name, PreparedField *field)
{
    JSAtom atom = JS_ValueToAtom(ctx, name);
    JSProperty *property;
    field->object = JS_VALUE_GET_OBJ(object);
    find_own_property(&property, field->object, atom);
    JS_FreeAtom(ctx, atom);
    if (property == NULL)
        return -1; /* the guest has no such field */
    field->index = property - field->object->prop;
    return 0;
}

/* A list of object, name, value, value … */
static int prepared_fields(JSContext *ctx, JSValue list, PreparedField *fields)
{
    int count = prepared_count(ctx, list, PREPARED_FIELDS * 4) / 4;
    for (int index = 0; index < count; index++) {
        PreparedField *field = &fields[index];
        if (prepared_field(ctx, prepared_item(ctx, list, index * 4), prepared_item(ctx, list, index * 4 + 1), field))
            return -1;
        field->values[0] = prepared_item(ctx, list, index * 4 + 2);
        field->values[1] = prepared_item(ctx, list, index * 4 + 3);
    }
    return count;
}

static int prepared_objects(JSContext *ctx, JSValue list, PreparedObject *objects)
{
    int count = prepared_count(ctx, list, PREPARED_OBJECTS);
    for (int index = 0; index < count; index++) {
        JSObject *object = JS_VALUE_GET_OBJ(prepared_item(ctx, list, index));
        if (object->shape->prop_count > PREPARED_PROPERTIES)
            return -1;
        /* A shape that somebody holds is never changed in place. */
        objects[index] = (PreparedObject){.object = object, .references = JS_REF_COUNT(object), .shape = js_dup_shape(object->shape)};
    }
    return count;
}

static inline JSValue *prepared_slot(const PreparedField *field)
{
    return &field->object->prop[field->index].u.value;
}

static inline void prepared_write(JSContext *ctx, const PreparedField *field, JSValue value)
{
    JSValue *slot = prepared_slot(field);
    JSValue before = *slot;
    *slot = JS_DupValue(ctx, value);
    JS_FreeValue(ctx, before);
}

static void prepared_is_written(PreparedFilter *filter, const PreparedField *field)
{
    for (int index = 0; index < filter->object_count; index++) {
        if (filter->objects[index].object == field->object)
            filter->objects[index].written |= 1u << field->index;
    }
}

/* Writes down what the objects have that is not written anyway. -1: it is too much. */
static int prepared_runs(PreparedFilter *filter)
{
    int values = 0;
    for (int index = 0; index < filter->object_count; index++) {
        const PreparedObject *known = &filter->objects[index];
        PreparedRun *run = NULL;
        for (int slot = 0; slot < known->shape->prop_count; slot++) {
            if (known->written & 1u << slot) {
                run = NULL;
                continue;
            }
            if (run == NULL) {
                if (filter->run_count == PREPARED_RUNS)
                    return -1;
                run = &filter->runs[filter->run_count++];
                *run = (PreparedRun){.object = index, .first = slot};
            }
            if (values == PREPARED_VALUES)
                return -1;
            run->count++;
            filter->values[values++] = known->object->prop[slot].u.value;
        }
    }
    return 0;
}

/* `over`: so is the exchange. */
static void quickjs_unprepare(JSContext *ctx, Prepared *prepared, int over)
{
    for (int index = 0; over && index < prepared->over_count; index++)
        prepared_write(ctx, &prepared->over[index], prepared->over[index].values[0]);
    for (int which = 0; which < PREPARED_FILTERS; which++) {
        for (int index = 0; index < prepared->filters[which].object_count; index++)
            js_free_shape(ctx->rt, prepared->filters[which].objects[index].shape);
    }
    JS_FreeValue(ctx, prepared->description);
    js_free(ctx, prepared);
}

static int prepared_filter(JSContext *ctx, const Prepared *prepared, JSValue description, PreparedFilter *filter)
{
    filter->arguments[0] = prepared_part(ctx, description, "state");
    filter->arguments[1] = prepared_part(ctx, prepared->description, "context");
    filter->lasting_count = prepared_fields(ctx, prepared_part(ctx, description, "lasting"), filter->lasting);
    /* These fields hold objects, too. */
    for (int index = 0; index < filter->lasting_count; index++) {
        if (!JS_IsNull(filter->lasting[index].values[0]))
            prepared_write(ctx, &filter->lasting[index], filter->lasting[index].values[0]);
    }
    filter->object_count = prepared_objects(ctx, prepared_part(ctx, description, "objects"), filter->objects);
    filter->passing_count = prepared_fields(ctx, prepared_part(ctx, description, "passing"), filter->passing);
    for (int index = 0; index < filter->lasting_count; index++)
        prepared_is_written(filter, &filter->lasting[index]);
    for (int index = 0; index < PREPARED_KEPT; index++)
        prepared_is_written(filter, &prepared->kept[index]);
    prepared_is_written(filter, &prepared->data);
    return filter->object_count > 0 && filter->lasting_count >= LASTING_FIELDS && filter->passing_count >= PASSING_FIELDS
               ? prepared_runs(filter)
               : -1;
}

/* Names of fields of the exchange and of the headers that they keep. */
static int prepared_kept(JSContext *ctx, Prepared *prepared, JSValue list)
{
    for (int index = 0; index < PREPARED_KEPT; index++) {
        prepared->kept_names[index] = byte_string(prepared_item(ctx, list, index * 2 + 1));
        if (prepared_field(ctx, prepared->exchange, prepared_item(ctx, list, index * 2), &prepared->kept[index]))
            return -1;
    }
    return 0;
}

static void name_promise_fields(JSContext *ctx)
{
    if (bridge.promise_fields.state.name != JS_ATOM_NULL)
        return;
    bridge.promise_fields.state.name = JS_NewAtom(ctx, "state");
    bridge.promise_fields.result.name = JS_NewAtom(ctx, "result");
}

/* Takes one of the description's `uses`. -1: memory is short. */
static int prepare_use(JSContext *ctx, JSValue description, PreparedUse *use)
{
    use->policy = prepared_part(ctx, description, "policy");
    use->instance = prepared_part(ctx, description, "instance");
    use->filters[0] = prepared_part(ctx, description, "onRequest");
    use->filters[1] = prepared_part(ctx, description, "onResponse");
    use->waits[0] = JS_VALUE_GET_BOOL(prepared_part(ctx, description, "requestWaits"));
    use->waits[1] = JS_VALUE_GET_BOOL(prepared_part(ctx, description, "responseWaits"));
    use->has_done = JS_VALUE_GET_BOOL(prepared_part(ctx, description, "hasDone"));
    use->user = JS_VALUE_GET_INT(prepared_part(ctx, description, "user"));
    use->kept_count = JS_VALUE_GET_INT(prepared_part(ctx, description, "kept"));
    JSValue metrics = prepared_part(ctx, description, "metrics");
    for (int index = 0; index < USE_METRICS; index++)
        use->counts.metrics[index] = JS_VALUE_GET_INT(prepared_item(ctx, metrics, index));
    release_text(ctx, &use->details);
    use->details = (Text){0};
    if (read_utf8(ctx, prepared_part(ctx, description, "details"), &use->details))
        return 0;
    JS_FreeValue(ctx, JS_GetException(ctx));
    return -1;
}

/* Takes what the guest's `prepareExchange` gave, but for its `uses`. NULL: memory is short. */
static Prepared *quickjs_prepare(JSContext *ctx, JSValue description)
{
    Prepared *prepared = js_mallocz_rt(ctx->rt, sizeof(*prepared));
    if (prepared == NULL) {
        JS_FreeValue(ctx, description);
        return NULL;
    }
    name_promise_fields(ctx);
    name_answer_fields(ctx);
    JSValue value = JS_NewString(ctx, "value");
    prepared->description = description;
    prepared->exchange = prepared_part(ctx, description, "exchange");
    prepared->nothing = prepared_part(ctx, description, "nothing");
    prepared->data_class = prepared_part(ctx, description, "data");
    prepared->promise_class = prepared_part(ctx, description, "promise");
    prepared->go_on = prepared_part(ctx, description, "goOn");
    prepared->answers.response = JS_VALUE_GET_OBJ(prepared_part(ctx, description, "answer"));
    prepared->answers.decision = JS_VALUE_GET_OBJ(prepared_part(ctx, description, "break"));
    prepared->over_count = prepared_fields(ctx, prepared_part(ctx, description, "over"), prepared->over);
    bool failed = prepared_kept(ctx, prepared, prepared_part(ctx, description, "kept")) ||
                  prepared_field(ctx, prepared_part(ctx, description, "decision"), value, &prepared->data) ||
                  prepared_filter(ctx, prepared, prepared_part(ctx, description, "onRequest"), &prepared->filters[ON_REQUEST]) ||
                  prepared_filter(ctx, prepared, prepared_part(ctx, description, "onResponse"), &prepared->filters[ON_RESPONSE]) ||
                  prepared_filter(ctx, prepared, prepared_part(ctx, description, "onAnswer"), &prepared->filters[ON_ANSWER]);
    JS_FreeValue(ctx, value);
    if (!failed && prepared->over_count > 0)
        return prepared;
    quickjs_unprepare(ctx, prepared, 1);
    return NULL;
}

static JSValue quickjs_prepared_exchange(const Prepared *prepared)
{
    return prepared->exchange;
}

static inline bool quickjs_sees_responses(const PreparedUse *use)
{
    return !JS_IsUndefined(use->filters[1]);
}

/* Whether the policy has to do with an exchange after its request: it has a filter for the response, or `onDone`. */
static inline bool quickjs_waits(const PreparedUse *use)
{
    return use->has_done || quickjs_sees_responses(use);
}

/* Notes the time, where anybody is to be told of it. */
static inline void quickjs_note_time(const PreparedUse *use, uint64_t *times, int which)
{
    uint64_t now;
    if (use->has_done && proxy_get_current_time_nanoseconds(&now) == 0)
        times[which] = now / 1000000;
}

static void quickjs_forget_wait(JSContext *ctx, PreparedWait *wait)
{
    JS_FreeValue(ctx, wait->data);
    for (int index = 0; index < PREPARED_KEPT; index++)
        free(wait->kept[index]);
    free(wait);
}

/* What was kept of the request's head; undefined: it had no such header. */
static JSValue quickjs_wait_kept(JSContext *ctx, const PreparedWait *wait, int index)
{
    return wait->kept[index] == NULL ? JS_UNDEFINED : js_new_string8_len(ctx, (const char *)wait->kept[index], wait->lengths[index]);
}

/* Makes the objects those of the exchange of that id, which fields get whose value is null, as the policy at that place sees it. */
static void quickjs_begin_prepared(JSContext *ctx, Prepared *prepared, const PreparedUse *use, int which, int place, int id, int end_of_stream)
{
    PreparedFilter *filter = &prepared->filters[which];
    js_user = use->user;
    filter->lasting[OF_INSTANCE].values[end_of_stream] = filter->passing[RAN_LAST].values[1] = use->instance;
    filter->lasting[OF_PLACE].values[end_of_stream] = js_int32(place);
    filter->passing[FILTER_CALLED].values[0] = js_bool(!use->waits[which != ON_REQUEST]);
    for (int index = 0; index < filter->lasting_count; index++) {
        const PreparedField *field = &filter->lasting[index];
        JSValue value = field->values[end_of_stream];
        prepared_write(ctx, field, JS_IsNull(value) ? js_int32(id) : value);
    }
    filter->begun_bits = JS_VALUE_GET_INT(*prepared_slot(&filter->lasting[MESSAGE_BITS]));
}

/* The objects have what the policy waited with for its response. */
static void quickjs_resume_prepared(JSContext *ctx, Prepared *prepared, const PreparedWait *wait)
{
    prepared_write(ctx, &prepared->data, wait->data);
    for (int index = 0; index < PREPARED_KEPT; index++) {
        JSValue kept = quickjs_wait_kept(ctx, wait, index);
        prepared_write(ctx, &prepared->kept[index], JS_IsException(kept) ? JS_UNDEFINED : kept);
        JS_FreeValue(ctx, kept);
    }
}

/* What a filter goes on with that has yielded `awaited`; NULL: it has to wait, or something is to be thrown. */
static const JSValue *settled_value(const Prepared *prepared, JSValueConst awaited)
{
    if (!JS_IsObject(awaited) || JS_VALUE_GET_OBJ(awaited)->shape->proto != JS_VALUE_GET_OBJ(prepared->promise_class))
        return NULL;
    JSObject *promise = JS_VALUE_GET_OBJ(awaited);
    /* Those that were settled when they were made have the state of their prototype. */
    JSValue *state = own_value(promise, &bridge.promise_fields.state);
    if (state != NULL && !same_name(*state, (const uint8_t *)"fulfilled", 9))
        return NULL;
    return own_value(promise, &bridge.promise_fields.result);
}

/*
 * Drives a filter as far as what it awaits is there already, as `runGenerator` in `src/guest/frame.ts` does. From where it is not, that
 * one goes on.
 */
static JSValue drive_filter(JSContext *ctx, const Prepared *prepared, JSValueConst generator)
{
    JSValue sent = JS_UNDEFINED;
    for (;;) {
        int done;
        JSValue result = js_generator_next(ctx, generator, 1, &sent, &done, GEN_MAGIC_NEXT);
        JS_FreeValue(ctx, sent);
        if (JS_IsException(result) || done == true)
            return result;
        /* 2: it is what the iterator gives that it delegates to. */
        const JSValue *settled = done == false ? settled_value(prepared, result) : NULL;
        if (settled != NULL) {
            sent = js_dup(*settled);
            JS_FreeValue(ctx, result);
            continue;
        }
        JSValue step = done == false ? js_create_iterator_result(ctx, result, false) : result;
        if (JS_IsException(step))
            return step;
        JSValueConst values[] = {generator, step};
        JSValue ended = JS_Call(ctx, prepared->go_on, JS_UNDEFINED, countof(values), values);
        JS_FreeValue(ctx, step);
        return ended;
    }
}

static JSValue quickjs_run_prepared(JSContext *ctx, Prepared *prepared, const PreparedUse *use, int which)
{
    PreparedFilter *filter = &prepared->filters[which];
    bool of_response = which != ON_REQUEST;
    for (int index = 0; index < filter->passing_count; index++)
        prepared_write(ctx, &filter->passing[index], filter->passing[index].values[0]);
    if (JS_IsUndefined(use->filters[of_response]))
        return JS_UNDEFINED;
    heads.reads_pairs = true;
    JSValue result = JS_Call(ctx, use->filters[of_response], use->policy, 2, filter->arguments);
    if (use->waits[of_response] && !JS_IsException(result)) {
        JSValue generator = result;
        result = drive_filter(ctx, prepared, generator);
        JS_FreeValue(ctx, generator);
    }
    heads.reads_pairs = false;
    return result;
}

/* Whether the properties have these values, to the last bit: not so where only bits differ that mean nothing. */
static inline bool are_same_bits(const JSProperty *properties, const JSValue *values, int count)
{
    ValueBits differences = {0};
    uint64_t words[sizeof(differences) / sizeof(uint64_t)], all = 0;
    /* Most are few. */
#pragma clang loop vectorize(disable) unroll(disable)
    for (int index = 0; index < count; index++) {
        ValueBits now, then;
        memcpy(&now, &properties[index], sizeof(now));
        memcpy(&then, &values[index], sizeof(then));
        differences |= now ^ then;
    }
    memcpy(words, &differences, sizeof(words));
    for (size_t word = 0; word < countof(words); word++)
        all |= words[word];
    return all == 0;
}

static bool are_same(const JSProperty *properties, const JSValue *values, int count)
{
    for (int index = 0; index < count; index++) {
        if (!is_same(properties[index].u.value, values[index]))
            return false;
    }
    return true;
}

static bool is_as_prepared(const PreparedFilter *filter)
{
    for (int index = 0; index < filter->object_count; index++) {
        const PreparedObject *known = &filter->objects[index];
        const JSObject *object = known->object;
        if (object->shape != known->shape || JS_REF_COUNT(object) != known->references || object->first_weak_ref != NULL ||
            !object->extensible)
            return false;
    }
    const JSValue *values = filter->values;
    for (int index = 0; index < filter->run_count; index++) {
        const PreparedRun *run = &filter->runs[index];
        const JSProperty *properties = &filter->objects[run->object].object->prop[run->first];
        if (!are_same_bits(properties, values, run->count) && !are_same(properties, values, run->count))
            return false;
        values += run->count;
    }
    return true;
}

/* Nothing of the exchange stays in the objects of its message, which is as if it had not come yet. */
static void prepared_rest(JSContext *ctx, const Prepared *prepared, const PreparedFilter *filter)
{
    for (int index = 0; index < MESSAGE_FIELDS; index++)
        prepared_write(ctx, &filter->lasting[index], filter->lasting[index].values[0]);
    prepared_write(ctx, &prepared->data, JS_UNDEFINED);
}

/* The filter does more, and who has its message may go on reading it. */
static void quickjs_keep_prepared(JSContext *ctx, const Prepared *prepared, int which)
{
    keep_readable(ctx, prepared->filters[which].lasting[MESSAGE_BITS].object);
}

/* Whether the objects can be used again: nobody else holds them, and they are what they were but for what is written anyway. */
static int quickjs_is_as_prepared(JSContext *ctx, const Prepared *prepared, int which)
{
    if (!is_as_prepared(&prepared->filters[which]))
        return 0;
    prepared_rest(ctx, prepared, &prepared->filters[which]);
    return 1;
}

/* The filter has only read and edited the message's head, which nobody else knows of. */
static bool has_message(const PreparedFilter *filter)
{
    JSValue bits = *prepared_slot(&filter->lasting[MESSAGE_BITS]), journal = *prepared_slot(&filter->lasting[HEAD_JOURNAL]);
    return JS_VALUE_GET_TAG(bits) == JS_TAG_INT && (JS_VALUE_GET_INT(bits) & ~heads.head_bit) == filter->begun_bits &&
           (JS_IsUndefined(journal) || dense_array(journal) != NULL);
}

/* Hands the edits to the host. false: the guest is to do it, or what is left of them. */
static bool prepared_flush(JSContext *ctx, const PreparedFilter *filter, int which)
{
    JSValue journal = *prepared_slot(&filter->lasting[HEAD_JOURNAL]);
    if (JS_IsUndefined(journal))
        return true;
    JSObject *edits = JS_VALUE_GET_OBJ(journal);
    uint32_t done = flush_edits(which == ON_REQUEST ? 0 : 2, edits), left = edits->u.array.count - done;
    JSValue *values = edits->u.array.u.values;
    for (uint32_t index = 0; index < done; index++)
        JS_FreeValue(ctx, values[index]);
    memmove(values, values + done, left * sizeof(*values));
    set_count(edits, left);
    return left == 0;
}

/* What data is not: an object that may lead to the request's head; see `mayLeadToHead`. */
static bool leads_nowhere(JSContext *ctx, JSValueConst data)
{
    if (!JS_IsObject(data))
        return true;
    const JSObject *object = JS_VALUE_GET_OBJ(data);
    if (object->class_id != JS_CLASS_OBJECT || object->shape->proto != JS_VALUE_GET_OBJ(ctx->class_proto[JS_CLASS_OBJECT]))
        return false;
    const JSShapeProperty *properties = get_shape_prop(object->shape);
    for (int slot = 0; slot < object->shape->prop_count; slot++) {
        if ((properties[slot].flags & JS_PROP_TMASK) != JS_PROP_NORMAL || JS_IsObject(object->prop[slot].u.value))
            return false;
    }
    return true;
}

/* What a request filter hands on by its result; NULL: that says something else. */
static const JSValue *prepared_data(JSContext *ctx, const Prepared *prepared, JSValueConst result)
{
    static const JSValue nothing = JS_UNDEFINED;
    if (JS_IsUndefined(result) || is_same(result, prepared->nothing))
        return &nothing;
    if (!JS_IsObject(result) || JS_VALUE_GET_OBJ(result)->shape->proto != JS_VALUE_GET_OBJ(prepared->data_class) ||
        JS_VALUE_GET_OBJ(result)->shape->prop_count != 1)
        return NULL;
    const JSValue *data = &JS_VALUE_GET_OBJ(result)->prop[0].u.value;
    return (get_shape_prop(JS_VALUE_GET_OBJ(result)->shape)->flags & JS_PROP_TMASK) == JS_PROP_NORMAL && leads_nowhere(ctx, *data)
               ? data
               : NULL;
}

/*
 * The filter has returned or thrown `result`. 1: it lets the message go on and has left nothing behind; its edits are the host's. 2: it
 * has left nothing behind. Unless it threw or is still to be run, the fields are as after a filter.
 */
static int quickjs_end_prepared(JSContext *ctx, Prepared *prepared, int which, JSValue result)
{
    PreparedFilter *filter = &prepared->filters[which];
    if (JS_IsException(result))
        return 0;
    for (int index = 0; index < filter->passing_count; index++) {
        if (!is_same(*prepared_slot(&filter->passing[index]), filter->passing[index].values[0]))
            return 0;
    }
    for (int index = 0; index < filter->passing_count; index++)
        prepared_write(ctx, &filter->passing[index], filter->passing[index].values[1]);
    /* It may have looked at another exchange, on which the host's calls act since then. */
    if (!has_message(filter) || !is_as_prepared(filter) || bridge.effective_context != bridge.running_context)
        return 0;
    bool goes_on = which == ON_REQUEST ? prepared_data(ctx, prepared, result) != NULL : JS_IsUndefined(result);
    if (!goes_on)
        return 2;
    if (!prepared_flush(ctx, filter, which))
        return 0;
    prepared_rest(ctx, prepared, filter);
    return 1;
}

/* The policy whose request filter has ended waits for the response: with nothing yet. */
static PreparedWait *quickjs_wait_prepared(
    const Prepared *prepared, const PreparedUse *use, int place, const uint64_t *times, PreparedWait *next)
{
    PreparedWait *wait = allocate(sizeof(*wait));
    *wait = (PreparedWait){.next = next, .place = place, .data = JS_UNDEFINED};
    memcpy(wait->times, times, sizeof(wait->times));
    quickjs_note_time(use, wait->times, REQUEST_ENDED);
    for (int index = 0; index < use->kept_count; index++) {
        const JSString *name = prepared->kept_names[index];
        proxy_get_header_map_value(0, str8((JSString *)name), name->len, &wait->kept[index], &wait->lengths[index]);
    }
    return wait;
}
