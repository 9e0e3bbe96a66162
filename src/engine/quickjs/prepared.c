/*
 * A prepared exchange: the objects that a guest makes for every exchange, made once and used for one exchange after the other, as
 * long as none leaves anything in them. To make and to free them is most of what a usual exchange would take.
 *
 * Before the filter runs it is written down what they are. Afterwards they are used again only if each of them is as it was and
 * nobody else holds it: what a policy keeps of an exchange is never another one's. `src/guest/prepared-exchange.ts` describes them.
 */

#define PREPARED_OBJECTS 9
#define PREPARED_PROPERTIES 8
#define PREPARED_FIELDS 8

/* An object, and what it is when it can be used: who holds it, which properties it has, and the values of those not in `written`. */
typedef struct {
    JSObject *object;
    JSShape *shape;
    int references;
    uint32_t written; /* a bit for each property */
    JSValue values[PREPARED_PROPERTIES];
} PreparedObject;

/* A property and two values: without and with the end of the stream, or while the filter runs and afterwards. */
typedef struct {
    JSObject *object;
    uint32_t index;
    JSValue values[2];
} PreparedField;

typedef struct {
    JSValue description; /* holds all that the rest points to */
    JSValue policy, filter, arguments[2], exchange, nothing, constant;
    int object_count, lasting_count, passing_count, over_count;
    PreparedObject objects[PREPARED_OBJECTS];
    PreparedField lasting[PREPARED_FIELDS], passing[PREPARED_FIELDS], over[PREPARED_FIELDS];
} Prepared;

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

/* A list of object, name, value, value … */
static int prepared_fields(JSContext *ctx, JSValue list, PreparedField *fields)
{
    int count = prepared_count(ctx, list, PREPARED_FIELDS * 4) / 4;
    for (int index = 0; index < count; index++) {
        PreparedField *field = &fields[index];
        JSAtom name = JS_ValueToAtom(ctx, prepared_item(ctx, list, index * 4 + 1));
        JSProperty *property = NULL;
        field->object = JS_VALUE_GET_OBJ(prepared_item(ctx, list, index * 4));
        find_own_property(&property, field->object, name);
        JS_FreeAtom(ctx, name);
        if (property == NULL)
            return -1; /* the guest has no such field */
        field->index = property - field->object->prop;
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
        objects[index].object = object;
        objects[index].references = JS_REF_COUNT(object);
        /* A shape that somebody holds is never changed in place. */
        objects[index].shape = js_dup_shape(object->shape);
        for (int slot = 0; slot < object->shape->prop_count; slot++)
            objects[index].values[slot] = object->prop[slot].u.value;
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

static void prepared_is_written(Prepared *prepared, const PreparedField *field)
{
    for (int index = 0; index < prepared->object_count; index++) {
        if (prepared->objects[index].object == field->object)
            prepared->objects[index].written |= 1u << field->index;
    }
}

/* `over`: so is the exchange. */
void quickjs_unprepare(JSContext *ctx, Prepared *prepared, int over)
{
    for (int index = 0; over && index < prepared->over_count; index++)
        prepared_write(ctx, &prepared->over[index], prepared->over[index].values[0]);
    for (int index = 0; index < prepared->object_count; index++)
        js_free_shape(ctx->rt, prepared->objects[index].shape);
    JS_FreeValue(ctx, prepared->description);
    js_free(ctx, prepared);
}

/* Takes what the guest's `prepareExchange` gave. NULL: nothing, or memory is short. */
Prepared *quickjs_prepare(JSContext *ctx, JSValue description)
{
    Prepared *prepared = JS_IsObject(description) ? js_mallocz_rt(ctx->rt, sizeof(*prepared)) : NULL;
    if (prepared == NULL) {
        JS_FreeValue(ctx, description);
        return NULL;
    }
    prepared->description = description;
    prepared->policy = prepared_part(ctx, description, "policy");
    prepared->filter = prepared_part(ctx, prepared->policy, "onRequest");
    prepared->arguments[0] = prepared_part(ctx, description, "state");
    prepared->arguments[1] = prepared_part(ctx, description, "context");
    prepared->exchange = prepared_part(ctx, description, "exchange");
    prepared->nothing = prepared_part(ctx, description, "nothing");
    prepared->constant = prepared_part(ctx, description, "constant");
    prepared->object_count = prepared_objects(ctx, prepared_part(ctx, description, "objects"), prepared->objects);
    prepared->lasting_count = prepared_fields(ctx, prepared_part(ctx, description, "lasting"), prepared->lasting);
    prepared->passing_count = prepared_fields(ctx, prepared_part(ctx, description, "passing"), prepared->passing);
    prepared->over_count = prepared_fields(ctx, prepared_part(ctx, description, "over"), prepared->over);
    for (int index = 0; index < prepared->lasting_count; index++)
        prepared_is_written(prepared, &prepared->lasting[index]);
    if (prepared->object_count > 0 && prepared->lasting_count > 0 && prepared->passing_count > 0 && prepared->over_count > 0)
        return prepared;
    quickjs_unprepare(ctx, prepared, 1);
    return NULL;
}

JSValue quickjs_prepared_exchange(const Prepared *prepared)
{
    return prepared->exchange;
}

/* Makes the objects those of the exchange of that id, which fields get whose value is null. */
void quickjs_begin_prepared(JSContext *ctx, Prepared *prepared, int id, int end_of_stream)
{
    for (int index = 0; index < prepared->lasting_count; index++) {
        const PreparedField *field = &prepared->lasting[index];
        JSValue value = field->values[end_of_stream];
        prepared_write(ctx, field, JS_IsNull(value) ? JS_NewInt32(ctx, id) : value);
    }
}

JSValue quickjs_run_prepared(JSContext *ctx, Prepared *prepared)
{
    for (int index = 0; index < prepared->passing_count; index++)
        prepared_write(ctx, &prepared->passing[index], prepared->passing[index].values[0]);
    return JS_Call(ctx, prepared->filter, prepared->policy, 2, prepared->arguments);
}

/* Whether the objects can be used again: nobody else holds them, and they are what they were but for what is written anyway. */
int quickjs_is_as_prepared(Prepared *prepared)
{
    for (int index = 0; index < prepared->object_count; index++) {
        const PreparedObject *known = &prepared->objects[index];
        const JSObject *object = known->object;
        if (object->shape != known->shape || JS_REF_COUNT(object) != known->references || object->first_weak_ref != NULL ||
            !object->extensible)
            return 0;
        for (int slot = 0; slot < known->shape->prop_count; slot++) {
            if (object->prop[slot].u.value != known->values[slot] && !(known->written & 1u << slot))
                return 0;
        }
    }
    return 1;
}

/*
 * The filter has returned or thrown `result`. 1: it had nothing to say and has left nothing behind, so that its exchange is over; 2: it
 * has left nothing behind. Unless it threw or is still to be run, the fields are as after a filter.
 */
int quickjs_end_prepared(JSContext *ctx, Prepared *prepared, JSValue result)
{
    if (JS_IsException(result))
        return 0;
    for (int index = 0; index < prepared->passing_count; index++) {
        if (*prepared_slot(&prepared->passing[index]) != prepared->passing[index].values[0])
            return 0;
    }
    for (int index = 0; index < prepared->passing_count; index++)
        prepared_write(ctx, &prepared->passing[index], prepared->passing[index].values[1]);
    if (!quickjs_is_as_prepared(prepared))
        return 0;
    return JS_IsUndefined(result) || result == prepared->nothing ? 1 : 2;
}

/* Whether it is an answer that never changes, of which the guest makes objects with a prototype of their own. */
int quickjs_is_constant(JSContext *ctx, const Prepared *prepared, JSValue result)
{
    return JS_IsObject(result) && JS_VALUE_GET_OBJ(result)->shape->proto == JS_VALUE_GET_OBJ(prepared->constant);
}
