/* Maps of headers as proxy-wasm serialises them (see `bridge/lists.c`), and as Envoy takes and gives them. */

typedef void *Allocate(size_t size);

/* false: memory is short. */
static bool serialise_map(Allocate *allocated, const AbiHeader *headers, size_t count, uint8_t **map, size_t *length)
{
    size_t total = 4 + count * 10;
    for (size_t index = 0; index < count; index++)
        total += headers[index].name_length + headers[index].value_length;
    uint8_t *bytes = *map = allocated(total);
    if (bytes == NULL)
        return false;
    *length = total;
    store_u32(bytes, (uint32_t)count);
    uint8_t *lengths = bytes + 4, *texts = lengths + count * 8;
    for (size_t index = 0; index < count; index++) {
        const AbiHeader *header = &headers[index];
        store_u32(lengths, (uint32_t)header->name_length);
        store_u32(lengths + 4, (uint32_t)header->value_length);
        lengths += 8;
        memcpy(texts, header->name, header->name_length);
        texts += header->name_length;
        *texts++ = 0;
        memcpy(texts, header->value, header->value_length);
        texts += header->value_length;
        *texts++ = 0;
    }
    return true;
}

static size_t map_count(const uint8_t *map, size_t length)
{
    return length < 4 ? 0 : load_u32(map);
}

/* The headers of a map that the bridge has made, where they are; `headers` has room for as many as it has. */
static void read_map(const uint8_t *map, size_t length, AbiHeader *headers)
{
    size_t count = map_count(map, length);
    const uint8_t *lengths = map + 4, *texts = lengths + count * 8;
    for (size_t index = 0; index < count; index++) {
        AbiHeader *header = &headers[index];
        header->name = (const char *)texts;
        header->name_length = load_u32(lengths);
        texts += header->name_length + 1;
        header->value = (const char *)texts;
        header->value_length = load_u32(lengths + 4);
        texts += header->value_length + 1;
        lengths += 8;
    }
}

/* NULL: memory is short. */
static uint8_t *copy_bytes(Allocate *allocated, const void *from, size_t length)
{
    uint8_t *copy = allocated(length == 0 ? 1 : length);
    if (copy != NULL && length > 0)
        memcpy(copy, from, length);
    return copy;
}
