/* Lines of the log. Envoy's own tells of a module without saying which policy's line it is. */

enum { LOG_WARN = 3 };

static const char log_prefix[] = "sluice log ";

static void write_line(int level, const char *name, size_t name_length, const char *text, size_t length)
{
    size_t prefix = sizeof(log_prefix) - 1, all = prefix + name_length + 2 + length;
    char *line = malloc(all);
    if (line == NULL)
        return;
    memcpy(line, log_prefix, prefix);
    memcpy(line + prefix, name, name_length);
    memcpy(line + prefix + name_length, ": ", 2);
    memcpy(line + all - length, text, length);
    ABI_CALLBACK(log)(level, (AbiBuffer){line, all});
    free(line);
}

/* Of the library itself. */
static void write_own_line(const char *text)
{
    write_line(LOG_ERROR, "sluice", 6, text, strlen(text));
}

static const Config *effective_config(void);

static int32_t proxy_log(int32_t level, const uint8_t *text, size_t length)
{
    const Config *config = effective_config();
    if (config == NULL)
        write_line(level, "sluice", 6, (const char *)text, length);
    else
        write_line(level, config->name, config->name_length, (const char *)text, length);
    return STATUS_OK;
}

static int32_t proxy_get_log_level(int32_t *level)
{
    *level = ABI_LEVEL_TRACE;
    while (*level < ABI_LEVEL_OFF && !ABI_CALLBACK(log_enabled)(*level))
        ++*level;
    return STATUS_OK;
}
