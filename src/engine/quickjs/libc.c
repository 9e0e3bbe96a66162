/* The functions of libc.h. */

/* Policies run in UTC everywhere: QuickJS only asks for the offset. */
struct tm *quickjs_localtime_r(const time_t *time, struct tm *out)
{
    out->tm_gmtoff = 0;
    return out;
}

/* JSON's numbers, by QuickJS's own reader of numbers. */
double quickjs_strtod(const char *text, char **end)
{
    JSATODTempMem memory;
    return js_atod(text, (const char **)end, 10, 0, &memory);
}
