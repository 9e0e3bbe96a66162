/*
 * What filters read of their context, in the place of the guest's own getters where all is as usual; see `src/guest/exchange-context.ts`.
 */

/* A getter, and what it gives: a field of the exchange's, or of an object that the exchange has in a field. */
static const struct {
    const char *name, *holder, *field;
} context_getters[] = {
    {"config", "instance", "config"},
    {"resources", "instance", "resources"},
    {"clock", "instance", "clock"},
    {"requestData", NULL, "decision"},
    {"logger", "contextParts", "logger"},
    {"properties", "contextParts", "properties"},
};

/* Whether objects of that shape are contexts: their first field is private. */
static bool is_context(JSContext *ctx, JSShape *shape)
{
    if (shape == bridge.filter_context.shape)
        return true;
    const JSShapeProperty *first = get_shape_prop(shape);
    if (shape->proto != bridge.filter_context.class || shape->prop_count == 0 || (first->flags & JS_PROP_TMASK) != JS_PROP_NORMAL ||
        JS_AtomGetKind(ctx, first->atom) != JS_ATOM_KIND_PRIVATE)
        return false;
    if (shape->is_hashed && shape->prop_count == 1) {
        js_free_shape_null(bridge.runtime, bridge.filter_context.shape);
        bridge.filter_context.shape = js_dup_shape(shape);
    }
    return true;
}

/* The exchange that a context has in that field; NULL: it is none. */
static JSObject *exchange_of_context(JSContext *ctx, JSValueConst self)
{
    JSObject *object = JS_IsObject(self) ? JS_VALUE_GET_OBJ(self) : NULL;
    if (object == NULL || !is_context(ctx, object->shape))
        return NULL;
    JSValue exchange = object->prop[0].u.value;
    return JS_IsObject(exchange) && is_exchange(JS_VALUE_GET_OBJ(exchange)) ? JS_VALUE_GET_OBJ(exchange) : NULL;
}

static JSValue context_getter(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int which)
{
    ContextGetter *getter = &bridge.filter_context.getters[which];
    JSObject *holder = exchange_of_context(ctx, self);
    if (holder != NULL && getter->holder.name != JS_ATOM_NULL)
        holder = follow(holder, &getter->holder);
    const JSValue *value = holder == NULL ? NULL : own_value(holder, &getter->field);
    /* What is not there yet the guest makes. */
    return value == NULL || JS_IsUndefined(*value) ? JS_Call(ctx, getter->own, self, 0, NULL) : js_dup(*value);
}

/* (class): its prototype. */
static void quicken_context(JSContext *ctx, JSValueConst class)
{
    bridge.filter_context.class = JS_VALUE_GET_OBJ(class);
    for (int which = 0; which < CONTEXT_GETTERS; which++) {
        ContextGetter *getter = &bridge.filter_context.getters[which];
        JSValue replaced;
        getter->holder.name = context_getters[which].holder == NULL ? JS_ATOM_NULL : JS_NewAtom(ctx, context_getters[which].holder);
        getter->field.name = JS_NewAtom(ctx, context_getters[which].field);
        replace_getter(ctx, class, context_getters[which].name, context_getter, which, NULL, &getter->own, &replaced);
    }
}
