/*
 * The stream contexts and what the guest wants of them: a hash table with open addressing, so that events nobody wants cost no call
 * into JavaScript. Ids grow by one, which makes `id & mask` a perfect hash most of the time.
 */

#define FIRST_CONTEXT_CAPACITY 64

static void create_context_table(int32_t capacity)
{
    bridge.contexts = allocate(capacity * sizeof(ContextEntry));
    memset(bridge.contexts, 0, capacity * sizeof(ContextEntry));
    bridge.context_capacity = capacity;
    bridge.context_count = 0;
}

/* Where the context is, or the free entry that it could have. */
static inline ContextEntry *context_place(int32_t id)
{
    int32_t mask = bridge.context_capacity - 1;
    int32_t index = id & mask;
    while (bridge.contexts[index].id != 0 && bridge.contexts[index].id != id)
        index = (index + 1) & mask;
    return &bridge.contexts[index];
}

/* NULL: no such stream context. */
static inline ContextEntry *find_context(int32_t id)
{
    ContextEntry *entry = context_place(id);
    return entry->id == 0 ? NULL : entry;
}

static void grow_context_table(void)
{
    ContextEntry *old = bridge.contexts;
    int32_t capacity = bridge.context_capacity;
    create_context_table(capacity * 2);
    for (int32_t index = 0; index < capacity; index++) {
        if (old[index].id != 0) {
            *context_place(old[index].id) = old[index];
            bridge.context_count++;
        }
    }
    free(old);
}

static inline void add_context(int32_t id, int32_t root)
{
    if (bridge.context_count * 2 >= bridge.context_capacity)
        grow_context_table();
    ContextEntry *entry = context_place(id);
    bridge.context_count += entry->id == 0;
    *entry = (ContextEntry){.id = id, .root = root};
}

/* Moves later entries of the same run up, so that none becomes unreachable. */
static inline void remove_context(ContextEntry *entry)
{
    ContextEntry *table = bridge.contexts;
    int32_t mask = bridge.context_capacity - 1;
    int32_t hole = entry - table;
    bridge.context_count--;
    for (int32_t index = (hole + 1) & mask; table[index].id != 0; index = (index + 1) & mask) {
        int32_t home = table[index].id & mask;
        if (((index - home) & mask) >= ((index - hole) & mask)) {
            table[hole] = table[index];
            hole = index;
        }
    }
    table[hole].id = 0;
}
