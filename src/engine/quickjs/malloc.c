/*
 * The heap: TLSF (two-level segregated fit, Masmano et al. 2004). Allocates and frees in constant time, gives the fitting block
 * that is smallest but for a sixteenth, and joins free neighbours at once. QuickJS takes objects of up to 512 bytes out of
 * arenas of its own; what is allocated here are those arenas, larger blocks, and what the host and the bridge ask for.
 */

#define ALIGNMENT 8
#define SUBDIVISIONS_LOG2 4
#define SUBDIVISIONS (1 << SUBDIVISIONS_LOG2)
/* Sizes below this have a list each. */
#define SMALL_LOG2 7
#define CLASSES (32 - SMALL_LOG2 + 1)
#define PAGE_BYTES 65536

/* Lies before the bytes that are given out. The blocks of the heap follow each other without gaps. */
typedef struct Block {
    struct Block *previous; /* in memory; NULL: the first */
    uint32_t size;          /* of the bytes behind the header; the lowest bit is set while the block is free */
    /* While it is free: its neighbours in the list. */
    struct Block *next_free;
    struct Block *previous_free;
} Block;

#define HEADER offsetof(Block, next_free)
#define SMALLEST (sizeof(Block) - HEADER)
#define LARGEST ((size_t)1 << 30)

static struct {
    uint32_t classes;
    uint32_t subdivisions[CLASSES];
    Block *lists[CLASSES][SUBDIVISIONS];
    Block *first;
    Block *end; /* has no bytes and is never free */
} heap;

extern uint8_t __heap_base;

static inline size_t size_of(const Block *block)
{
    return block->size & ~(uint32_t)1;
}

static inline bool is_free(const Block *block)
{
    return block->size & 1;
}

static inline Block *block_after(Block *block)
{
    return (Block *)((uint8_t *)block + HEADER + size_of(block));
}

static inline void *bytes_of(Block *block)
{
    return (uint8_t *)block + HEADER;
}

static inline Block *block_of(void *pointer)
{
    return (Block *)((uint8_t *)pointer - HEADER);
}

static inline void list_of(size_t size, unsigned *class, unsigned *subdivision)
{
    if (size < (1 << SMALL_LOG2)) {
        *class = 0;
        *subdivision = size / ALIGNMENT;
    } else {
        unsigned log2 = 31 - __builtin_clz(size);
        *class = log2 - SMALL_LOG2 + 1;
        *subdivision = (size >> (log2 - SUBDIVISIONS_LOG2)) - SUBDIVISIONS;
    }
}

static void insert(Block *block)
{
    unsigned class, subdivision;
    list_of(size_of(block), &class, &subdivision);
    Block *head = heap.lists[class][subdivision];
    block->size |= 1;
    block->next_free = head;
    block->previous_free = NULL;
    if (head != NULL)
        head->previous_free = block;
    heap.lists[class][subdivision] = block;
    heap.classes |= 1u << class;
    heap.subdivisions[class] |= 1u << subdivision;
}

static void take_out(Block *block)
{
    unsigned class, subdivision;
    list_of(size_of(block), &class, &subdivision);
    if (block->next_free != NULL)
        block->next_free->previous_free = block->previous_free;
    if (block->previous_free != NULL) {
        block->previous_free->next_free = block->next_free;
    } else {
        heap.lists[class][subdivision] = block->next_free;
        if (block->next_free == NULL) {
            heap.subdivisions[class] &= ~(1u << subdivision);
            if (heap.subdivisions[class] == 0)
                heap.classes &= ~(1u << class);
        }
    }
    block->size &= ~(uint32_t)1;
}

/* Gives what a used block has beyond `size` back. */
static void trim(Block *block, size_t size)
{
    if (size_of(block) < size + HEADER + SMALLEST)
        return;
    Block *after = block_after(block);
    Block *rest = (Block *)((uint8_t *)block + HEADER + size);
    rest->previous = block;
    rest->size = size_of(block) - size - HEADER;
    block->size = size;
    if (is_free(after)) {
        take_out(after);
        rest->size += HEADER + size_of(after);
        after = block_after(rest);
    }
    after->previous = rest;
    insert(rest);
}

/* Adds memory at the end of the heap. */
static bool grow(size_t size)
{
    if (heap.end == NULL) {
        /* What the module's first pages have behind its data. */
        uintptr_t start = ((uintptr_t)&__heap_base + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
        uintptr_t end = __builtin_wasm_memory_size(0) * PAGE_BYTES;
        if (end < start + 2 * HEADER + SMALLEST) {
            if (__builtin_wasm_memory_grow(0, 1) == SIZE_MAX)
                return false;
            end += PAGE_BYTES;
        }
        heap.first = (Block *)start;
        heap.first->previous = NULL;
        heap.first->size = end - start - 2 * HEADER;
        heap.end = block_after(heap.first);
        heap.end->previous = heap.first;
        heap.end->size = 0;
        insert(heap.first);
        return true;
    }
    size_t pages = (size + HEADER + PAGE_BYTES - 1) / PAGE_BYTES;
    if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX)
        return false;
    Block *added = heap.end;
    added->size = pages * PAGE_BYTES - HEADER;
    heap.end = block_after(added);
    heap.end->size = 0;
    Block *before = added->previous;
    if (before != NULL && is_free(before)) {
        take_out(before);
        before->size += HEADER + added->size;
        added = before;
    }
    heap.end->previous = added;
    insert(added);
    return true;
}

static Block *find(size_t size)
{
    unsigned class, subdivision;
    /* Rounded up to the next list: each of its blocks is large enough. */
    if (size >= (1 << SMALL_LOG2))
        size += ((size_t)1 << (31 - __builtin_clz(size) - SUBDIVISIONS_LOG2)) - 1;
    list_of(size, &class, &subdivision);
    uint32_t fitting = heap.subdivisions[class] & (~(uint32_t)0 << subdivision);
    if (fitting == 0) {
        uint32_t classes = heap.classes & (~(uint32_t)0 << class << 1);
        if (classes == 0)
            return NULL;
        class = __builtin_ctz(classes);
        fitting = heap.subdivisions[class];
    }
    return heap.lists[class][__builtin_ctz(fitting)];
}

static inline size_t rounded(size_t size)
{
    return size < SMALLEST ? SMALLEST : (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void *malloc(size_t size)
{
    if (size > LARGEST)
        return NULL;
    /* Whoever wants that much memory fills it. */
    js_charge(size >> 6);
    size = rounded(size);
    Block *block;
    while ((block = find(size)) == NULL) {
        /* A sixteenth more, for `find` looks in the next list. */
        if (!grow(size + size / SUBDIVISIONS))
            return NULL;
    }
    take_out(block);
    trim(block, size);
    return bytes_of(block);
}

void free(void *pointer)
{
    if (pointer == NULL)
        return;
    Block *block = block_of(pointer);
    Block *after = block_after(block);
    Block *before = block->previous;
    if (is_free(after)) {
        take_out(after);
        block->size += HEADER + size_of(after);
    }
    if (before != NULL && is_free(before)) {
        take_out(before);
        before->size += HEADER + block->size;
        block = before;
    }
    block_after(block)->previous = block;
    insert(block);
}

void *calloc(size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    void *pointer = malloc(total);
    return pointer == NULL ? NULL : memset(pointer, 0, total);
}

size_t malloc_usable_size(void *pointer)
{
    return pointer == NULL ? 0 : size_of(block_of(pointer));
}

void *realloc(void *pointer, size_t size)
{
    if (pointer == NULL)
        return malloc(size);
    if (size > LARGEST)
        return NULL;
    size = rounded(size);
    Block *block = block_of(pointer);
    Block *after = block_after(block);
    if (size > size_of(block) && is_free(after) && size_of(block) + HEADER + size_of(after) >= size) {
        take_out(after);
        block->size += HEADER + size_of(after);
        block_after(block)->previous = block;
    }
    if (size <= size_of(block)) {
        trim(block, size);
        return pointer;
    }
    void *moved = malloc(size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, pointer, size_of(block));
    free(pointer);
    return moved;
}

/* Overwrites all that is free in the heap. */
static void wipe_heap(void)
{
    for (Block *block = heap.first; block != heap.end; block = block_after(block)) {
        if (is_free(block))
            memset((uint8_t *)block + sizeof(Block), 0, size_of(block) - SMALLEST);
    }
}
