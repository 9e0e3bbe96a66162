/*
 * What the engine does not take from the C library as it is. Policies run in UTC everywhere, and numbers of JSON are read by QuickJS's own
 * reader (`quickjs/libc.c`), as in a module. Memory is the engine's own; see memory.c.
 */
#include <errno.h>
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
double quickjs_strtod(const char *text, char **end);
struct tm *quickjs_localtime_r(const time_t *time, struct tm *out);

#include "own-memory.h"
