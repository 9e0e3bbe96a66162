/* What the bridge calls besides QuickJS's own functions; `bridge/quickjs.ts` declares both. */

/*
 * A context with what policies have. No `eval`: nothing in the heap or the table leads to the compiler, so a module that does not
 * export `quickjs_compile` is a module without one.
 */
JSContext *quickjs_new_context(JSRuntime *rt)
{
    JSContext *ctx = JS_NewContextRaw(rt);
    if (ctx == NULL)
        return NULL;
    if (JS_AddIntrinsicBaseObjects(ctx) || JS_AddIntrinsicDate(ctx) || JS_AddIntrinsicRegExp(ctx) || JS_AddIntrinsicJSON(ctx) ||
        JS_AddIntrinsicProxy(ctx) || JS_AddIntrinsicMapSet(ctx) || JS_AddIntrinsicTypedArrays(ctx) ||
        JS_AddIntrinsicPromise(ctx) || JS_AddIntrinsicWeakRef(ctx) || JS_AddIntrinsicAToB(ctx) || JS_AddPerformance(ctx))
        return NULL;
    /* Nobody shares anything by it, and no stack has to be made. */
    js_out_of_memory = JS_NewObjectProtoClass(ctx, ctx->native_error_proto[JS_INTERNAL_ERROR], JS_CLASS_ERROR);
    JS_DefinePropertyValue(ctx, js_out_of_memory, JS_ATOM_message, JS_NewString(ctx, "out of memory"), 0);
    JS_DefinePropertyValue(ctx, js_out_of_memory, JS_ATOM_stack, JS_NewString(ctx, ""), 0);
    JS_PreventExtensions(ctx, js_out_of_memory);
    return ctx;
}

/* The function of a script, which `JS_EvalFunction` runs. `source` ends in a zero byte, which `length` does not count. */
JSValue quickjs_compile(JSContext *ctx, const char *source, size_t length, const char *filename)
{
    return __JS_EvalInternal(ctx, ctx->global_obj, source, length, filename, 1, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY, -1);
}

/* The bridge is about to do as much as `work` rounds of a loop. false: the code may not go on, and that is thrown. */
int quickjs_work(JSContext *ctx, size_t work)
{
    js_charge(work);
    return js_poll_interrupts(ctx) == 0;
}

/* What was done since the host was asked whether the code may go on, in rounds of a loop. */
int quickjs_work_done(void)
{
    return JS_WORK_INIT - js_work;
}

/* Whose code runs; see `js_owner` and `js_user`. */
int quickjs_owner(void)
{
    return js_owner;
}

int quickjs_user(void)
{
    return js_user;
}

void quickjs_set_owner(int owner, int user)
{
    js_owner = owner;
    js_user = user;
}

size_t quickjs_heap_bytes(JSRuntime *rt)
{
    return rt->malloc_state.malloc_size;
}

size_t quickjs_heap_limit(JSRuntime *rt)
{
    return rt->malloc_state.malloc_limit;
}

/* How many bytes of the heap each of the `JS_USERS` has: a walk through all arenas. */
void quickjs_held_bytes(JSRuntime *rt, size_t *held)
{
    memcpy(held, js_large_bytes, sizeof(js_large_bytes));
    for (int class = 0; class < JS_ARENA_BLOCK_SIZE_COUNT; class++) {
        size_t block_size = arena_block_sizes[class];
        struct list_head *link;
        list_for_each(link, &rt->arena_state.arena_list[class]) {
            JSArena *arena = list_entry(link, JSArena, link);
            for (unsigned index = 0; index < arena->n_blocks; index++) {
                /* A free block has the place of another one there. */
                unsigned place = ((JSMallocBlockHeader *)arena_get_block(arena, index, block_size))->u.block_idx;
                if ((place & JS_ARENA_INDEX_MASK) == index)
                    held[place >> 8] += block_size;
            }
        }
    }
}

/* Code of that owner and user was ended by force: what it has asked for and has not run yet does not run, or it would go on there. */
void quickjs_drop_jobs(JSRuntime *rt, int owner, int user)
{
    struct list_head *link, *next;
    list_for_each_safe(link, next, &rt->job_list) {
        JSJobEntry *job = list_entry(link, JSJobEntry, link);
        if (job->owner != owner || job->user != user)
            continue;
        list_del(&job->link);
        for (int i = 0; i < job->argc; i++)
            JS_FreeValueRT(rt, job->argv[i]);
        js_free_rt(rt, job);
    }
}

/*
 * Where memory ran out since the last time: what the error left is thrown away, and the limit is what it was. To be called when
 * no code of the policy runs. 0: it did not.
 */
int quickjs_end_reserve(JSRuntime *rt)
{
    if (rt->memory_reserve == 0)
        return 0;
    JS_RunGC(rt);
    rt->malloc_state.malloc_limit -= rt->memory_reserve;
    rt->memory_reserve = 0;
    return 1;
}

/* Raises the limit for what is to be done now, whatever there is; ended by `quickjs_end_reserve`. */
void quickjs_begin_reserve(JSRuntime *rt)
{
    rt->memory_reserve = JS_MEMORY_RESERVE;
    rt->malloc_state.malloc_limit += JS_MEMORY_RESERVE;
}
