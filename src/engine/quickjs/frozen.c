/*
 * The heap as a finished module has it. What follows from the rest is left out, for a good third of a module as it is sent and kept, packed,
 * would be that: places in arenas, links of lists, hashes of names, pointers of functions to their own parts. The module puts it
 * back before it does anything else, once, in less than a millisecond.
 */

/* In the place of a used block's size, which is its arena's. */
#define FROZEN_BLOCK 0x80
/* As the type of a block, for names in the table of atoms. Types hold where a block is marked. */
#define FROZEN_ATOM 0x7f

static JSMallocBlockHeader *block_in(JSArena *arena, int index)
{
    return arena_get_block(arena, index, arena_block_sizes[arena->block_size_idx]);
}

/* Zeros for what lies in a block behind what is used of it. */
static void clear_rest(JSRuntime *rt, void *block, void *end)
{
    uint8_t *limit = (uint8_t *)block + js_arena_usable_size(rt, block);
    if ((uint8_t *)end < limit)
        memset(end, 0, limit - (uint8_t *)end);
}

/* The same for a list that belongs to an object: nobody counts references to it, and there stands what happened to lie there. */
static void clear_list(JSRuntime *rt, void *list, void *end)
{
    if (list == NULL || js_rc(list)->u.block_idx == JS_ARENA_FREE_NIL)
        return;
    js_rc(list)->ref_count = 0;
    clear_rest(rt, list, end);
}

static void freeze_lists(JSRuntime *rt, JSObject *object)
{
    clear_list(rt, object->prop, object->prop + object->shape->prop_count);
    if (object->class_id == JS_CLASS_BYTECODE_FUNCTION || object->class_id == JS_CLASS_GENERATOR_FUNCTION) {
        JSVarRef **references = object->u.func.var_refs;
        clear_list(rt, references, references + object->u.func.function_bytecode->closure_var_count);
    } else if (object->class_id == JS_CLASS_ARRAY && object->fast_array) {
        JSValue *values = object->u.array.u.values;
        clear_list(rt, values, values + object->u.array.count);
    }
}

/* Where a function's parts are: all of them lie behind it, as `JS_ReadFunctionTag` puts them. Gives where they end. */
static uint8_t *link_function(JSFunctionBytecode *b)
{
    uint8_t *at = (uint8_t *)b + ((sizeof(*b) + 7) & ~(size_t)7);
    int variables = b->arg_count + b->var_count;
    b->cpool = b->cpool_count != 0 ? (JSValue *)at : NULL;
    at += b->cpool_count * sizeof(*b->cpool);
    b->vardefs = variables != 0 ? (JSVarDef *)at : NULL;
    at += variables * sizeof(*b->vardefs);
    b->closure_var = b->closure_var_count != 0 ? (JSClosureVar *)at : NULL;
    at += b->closure_var_count * sizeof(*b->closure_var);
    b->byte_code_buf = at;
    return at + b->byte_code_len;
}

static void freeze_object(JSRuntime *rt, JSGCObjectHeader *object)
{
    switch (JS_GC_TYPE(object)) {
    case JS_GC_OBJ_TYPE_JS_OBJECT:
        freeze_lists(rt, (JSObject *)object);
        break;
    case JS_GC_OBJ_TYPE_FUNCTION_BYTECODE: {
        JSFunctionBytecode *b = (JSFunctionBytecode *)object, before = *b;
        clear_rest(rt, b, link_function(b));
        if (memcmp(b, &before, sizeof(*b)) != 0)
            abort();
        b->cpool = NULL;
        b->vardefs = NULL;
        b->closure_var = NULL;
        b->byte_code_buf = NULL;
        break;
    }
    case JS_GC_OBJ_TYPE_VAR_REF: {
        JSVarRef *reference = (JSVarRef *)object;
        if (reference->is_detached)
            reference->pvalue = NULL;
        break;
    }
    default:
        break;
    }
}

static void thaw_object(JSGCObjectHeader *object)
{
    switch (JS_GC_TYPE(object)) {
    case JS_GC_OBJ_TYPE_FUNCTION_BYTECODE:
        link_function((JSFunctionBytecode *)object);
        break;
    case JS_GC_OBJ_TYPE_VAR_REF: {
        JSVarRef *reference = (JSVarRef *)object;
        if (reference->is_detached)
            reference->pvalue = &reference->value;
        break;
    }
    default:
        break;
    }
}

/* The links of what lies in arenas; larger objects keep theirs. */
static void freeze_objects(JSRuntime *rt)
{
    struct list_head *link, *next;
    list_for_each_safe(link, next, &rt->gc_obj_list) {
        JSGCObjectHeader *object = list_entry(link, JSGCObjectHeader, link);
        freeze_object(rt, object);
        if (js_rc(object)->u.block_idx != JS_ARENA_FREE_NIL) {
            list_del(link);
            link->prev = link->next = NULL;
            JS_GC_MARK(object) = 1;
        }
    }
}

static void freeze_atoms(JSRuntime *rt)
{
    for (int index = 0; index < rt->atom_size; index++) {
        JSAtomStruct *atom = rt->atom_array[index];
        if (atom_is_free(atom)) {
            rt->atom_array[index] = NULL;
        } else if (js_rc(atom)->u.block_idx != JS_ARENA_FREE_NIL) {
            rt->atom_array[index] = NULL;
            JS_GC_TYPE(atom) = FROZEN_ATOM;
            JS_GC_MARK(atom) = 1;
            atom->hash_next = index;
            if (atom->atom_type != JS_ATOM_TYPE_SYMBOL)
                atom->hash = 0;
            if (atom->kind == JS_STRING_KIND_NORMAL && !atom->is_wide_char)
                clear_rest(rt, atom, str8(atom) + atom->len + 1);
        }
    }
    rt->atom_free_index = 0;
    memset(rt->atom_hash, 0, rt->atom_hash_size * sizeof(*rt->atom_hash));
}

/* Marks and types of what is neither an object nor a name are what happened to lie there. */
static void clear_marks(JSRuntime *rt)
{
    for (int class = 0; class < JS_ARENA_BLOCK_SIZE_COUNT; class++) {
        struct list_head *link;
        list_for_each(link, &rt->arena_state.arena_list[class]) {
            JSArena *arena = list_entry(link, JSArena, link);
            for (int index = 0; index < arena->n_blocks; index++)
                block_in(arena, index)->mark = 0;
        }
    }
}

/* The headers of those in use, and nothing of free ones. Places in the table of atoms become distances from one to the next. */
static void freeze_blocks(JSRuntime *rt)
{
    uint32_t last_atom = 0;
    for (int class = 0; class < JS_ARENA_BLOCK_SIZE_COUNT; class++) {
        struct list_head *link;
        list_for_each(link, &rt->arena_state.arena_list[class]) {
            JSArena *arena = list_entry(link, JSArena, link);
            bool is_free[JS_ARENA_INDEX_MASK + 1] = { false };
            for (int index = arena->first_free_block; index != JS_ARENA_FREE_NIL; index = block_in(arena, index)->u.free_next)
                is_free[index] = true;
            arena->first_free_block = 0;
            for (int index = 0; index < arena->n_blocks; index++) {
                JSMallocBlockHeader *block = block_in(arena, index);
                if (is_free[index]) {
                    memset(block, 0, sizeof(*block));
                    continue;
                }
                block->u.block_idx &= ~JS_ARENA_INDEX_MASK;
                block->block_size_idx = FROZEN_BLOCK;
                if (!block->mark)
                    block->gc_obj_type = 0;
                if (block->gc_obj_type != FROZEN_ATOM)
                    continue;
                JSAtomStruct *atom = (JSAtomStruct *)block->user_data;
                uint32_t place = atom->hash_next;
                atom->hash_next = place - last_atom;
                last_atom = place;
            }
        }
    }
}

static void thaw_blocks(JSRuntime *rt)
{
    uint32_t last_atom = 0;
    for (int class = 0; class < JS_ARENA_BLOCK_SIZE_COUNT; class++) {
        struct list_head *link;
        list_for_each(link, &rt->arena_state.arena_list[class]) {
            JSArena *arena = list_entry(link, JSArena, link);
            uint16_t *last_free = &arena->first_free_block;
            for (int index = 0; index < arena->n_blocks; index++) {
                JSMallocBlockHeader *block = block_in(arena, index);
                bool is_free = block->block_size_idx != FROZEN_BLOCK;
                block->block_size_idx = class;
                if (is_free) {
                    *last_free = index;
                    last_free = &block->u.free_next;
                    continue;
                }
                block->u.block_idx |= index;
                if (!block->mark)
                    continue;
                block->mark = 0;
                if (block->gc_obj_type == FROZEN_ATOM) {
                    JSAtomStruct *atom = (JSAtomStruct *)block->user_data;
                    block->gc_obj_type = 0;
                    last_atom += atom->hash_next;
                    rt->atom_array[last_atom] = atom;
                    atom->hash_next = last_atom;
                } else {
                    JSGCObjectHeader *object = (JSGCObjectHeader *)block->user_data;
                    thaw_object(object);
                    list_add_tail(&object->link, &rt->gc_obj_list);
                }
            }
            *last_free = JS_ARENA_FREE_NIL;
        }
    }
}

/* Its charge is no code's. */
static uint32_t hash_of_atom(JSAtomStruct *atom)
{
    uint32_t hash = atom->is_wide_char ? hash_string16(str16(atom), atom->len, atom->atom_type)
                                       : hash_string8(str8(atom), atom->len, atom->atom_type);
    return hash & JS_ATOM_HASH_MASK;
}

static void thaw_atoms(JSRuntime *rt)
{
    uint32_t next_free = 0;
    for (int index = rt->atom_size - 1; index > 0; index--) {
        JSAtomStruct *atom = rt->atom_array[index];
        if (atom == NULL) {
            rt->atom_array[index] = atom_set_free(next_free);
            next_free = index;
        } else if (atom->atom_type != JS_ATOM_TYPE_SYMBOL) {
            atom->hash = hash_of_atom(atom);
            uint32_t *first = &rt->atom_hash[atom->hash & (rt->atom_hash_size - 1)];
            atom->hash_next = *first;
            *first = index;
        }
    }
    rt->atom_free_index = next_free;
}

/* Nothing may run in between. */
void quickjs_freeze(JSRuntime *rt)
{
    clear_marks(rt);
    freeze_objects(rt);
    freeze_atoms(rt);
    freeze_blocks(rt);
}

void quickjs_thaw(JSRuntime *rt)
{
    struct list_head *link;
    list_for_each(link, &rt->gc_obj_list)
        thaw_object(list_entry(link, JSGCObjectHeader, link));
    thaw_blocks(rt);
    thaw_atoms(rt);
}
