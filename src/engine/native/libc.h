/*
 * What the engine does not take from the C library as it is. Policies run in UTC everywhere, and numbers of JSON are read by QuickJS's own
 * reader (`quickjs/libc.c`), as in a module. Memory is the engine's own; see memory.c.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define strtod quickjs_strtod
#define localtime_r quickjs_localtime_r
#define malloc(size) engine_malloc(size)
#define calloc(count, size) engine_calloc(count, size)
#define realloc(pointer, size) engine_realloc(pointer, size)
#define free(pointer) engine_free(pointer)
#define malloc_usable_size(pointer) engine_usable_size(pointer)

double quickjs_strtod(const char *text, char **end);
struct tm *quickjs_localtime_r(const time_t *time, struct tm *out);
static void *engine_malloc(size_t size);
static void *engine_calloc(size_t count, size_t size);
static void *engine_realloc(void *pointer, size_t size);
static void engine_free(void *pointer);
static size_t engine_usable_size(const void *pointer);
