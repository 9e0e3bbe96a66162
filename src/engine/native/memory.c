/*
 * The memory of an engine: the C library's, charged for (see `quickjs/malloc.c`), and linked, so that all of it can be given back when the
 * engine ends, whoever refers to whom. Only code of the engine allocates here, and only while the engine runs.
 */

#define LARGEST ((size_t)1 << 30)

static inline void link_block(Block *block)
{
    Block *list = &quickjs_state->blocks;
    block->previous = list;
    block->next = list->next;
    block->next->previous = block;
    list->next = block;
}

static void begin_memory(QuickjsState *state)
{
    state->blocks.previous = state->blocks.next = &state->blocks;
}

static void end_memory(QuickjsState *state)
{
    Block *next;
    for (Block *block = state->blocks.next; block != &state->blocks; block = next) {
        next = block->next;
        (free)(block);
    }
}

static void *engine_malloc(size_t size)
{
    if (size > LARGEST)
        return NULL;
    /* Whoever wants that much memory fills it. */
    js_charge(size >> 6);
    Block *block = (malloc)(sizeof(Block) + size);
    if (block == NULL)
        return NULL;
    link_block(block);
    return block + 1;
}

static void engine_free(void *pointer)
{
    if (pointer == NULL)
        return;
    Block *block = (Block *)pointer - 1;
    block->previous->next = block->next;
    block->next->previous = block->previous;
    (free)(block);
}

static void *engine_calloc(size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    void *pointer = engine_malloc(total);
    return pointer == NULL ? NULL : memset(pointer, 0, total);
}

static void *engine_realloc(void *pointer, size_t size)
{
    if (pointer == NULL)
        return engine_malloc(size);
    if (size > LARGEST)
        return NULL;
    Block *block = (Block *)pointer - 1, *moved = (realloc)(block, sizeof(Block) + size);
    if (moved == NULL)
        return NULL;
    moved->previous->next = moved;
    moved->next->previous = moved;
    return moved + 1;
}

static size_t engine_usable_size(const void *pointer)
{
    return pointer == NULL ? 0 : (malloc_usable_size)((Block *)pointer - 1) - sizeof(Block);
}
