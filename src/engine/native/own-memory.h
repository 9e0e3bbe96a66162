/* Memory is the engine's own; see memory.c. QuickJS takes some of these names back at its end, so this is included again behind it. */
static void *engine_malloc(size_t size);
static void *engine_calloc(size_t count, size_t size);
static void *engine_realloc(void *pointer, size_t size);
static void engine_free(void *pointer);
static size_t engine_usable_size(const void *pointer);

#undef malloc
#undef calloc
#undef realloc
#undef free
#undef malloc_usable_size
#define malloc(size) engine_malloc(size)
#define calloc(count, size) engine_calloc(count, size)
#define realloc(pointer, size) engine_realloc(pointer, size)
#define free(pointer) engine_free(pointer)
#define malloc_usable_size(pointer) engine_usable_size(pointer)
