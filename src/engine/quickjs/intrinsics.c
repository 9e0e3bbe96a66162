/* The objects of the language, which the policies of a module share. */

/*
 * Makes them read-only, with the web APIs and what else is a global now: nothing that a policy does to them reaches another one. The
 * global object itself stays as it is.
 */
void quickjs_lock_intrinsics(JSContext *ctx)
{
    JSObject *global = JS_VALUE_GET_OBJ(ctx->global_obj);
    for (uint32_t index = 0; index < global->shape->prop_count; index++) {
        JSShapeProperty *shape = &get_shape_prop(global->shape)[index];
        JSProperty *property = &global->prop[index];
        if (shape->atom == JS_ATOM_NULL)
            continue;
        if ((shape->flags & JS_PROP_TMASK) == JS_PROP_AUTOINIT &&
            JS_AutoInitProperty(ctx, global, shape->atom, property, shape))
            continue;
        shape = &get_shape_prop(global->shape)[index];
        if ((shape->flags & JS_PROP_TMASK) == JS_PROP_NORMAL)
            lock_value(ctx, property->u.value);
    }
    for (int index = 0; index < ctx->rt->class_count; index++)
        lock_value(ctx, ctx->class_proto[index]);
    for (int index = 0; index < JS_NATIVE_ERROR_COUNT; index++)
        lock_value(ctx, ctx->native_error_proto[index]);
}
