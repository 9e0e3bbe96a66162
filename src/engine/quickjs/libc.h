/*
 * What QuickJS takes from the C library and a module must not bring along: QuickJS prints nothing but dumps, and formats only
 * messages of errors, dates and stacks. The C library's printf and strtod cost 40 KB of code.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define printf(...) ((void)0)
#define fprintf(...) ((void)0)
#define putchar(character) ((void)(character))
#define fputs(text, file) ((void)0)
#define fputc(character, file) ((void)0)
#define fwrite(bytes, size, count, file) ((size_t)0)
#define snprintf quickjs_snprintf
#define vsnprintf quickjs_vsnprintf
#define abort() __builtin_trap()
#define strtod quickjs_strtod
#define localtime_r quickjs_localtime_r

int quickjs_snprintf(char *out, size_t room, const char *format, ...);
int quickjs_vsnprintf(char *out, size_t room, const char *format, va_list arguments);
double quickjs_strtod(const char *text, char **end);
struct tm *quickjs_localtime_r(const time_t *time, struct tm *out);
