/* proxy-wasm's shared data: what the VMs of one id have in common, in the memory of the process. */

#define FIRST_BUCKETS 256

typedef struct SharedEntry SharedEntry;
struct SharedEntry {
    SharedEntry *next;
    uint64_t hash;
    int32_t cas;
    size_t id_length, key_length, length;
    uint8_t *value;
    char key[]; /* the VMs' id, then the key */
};

static struct {
    pthread_mutex_t lock;
    SharedEntry **buckets;
    size_t bucket_count, count;
    int32_t last_cas;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    for (size_t index = 0; index < length; index++)
        hash = (hash ^ ((const uint8_t *)bytes)[index]) * 0x100000001b3;
    return hash;
}

static SharedEntry **shared_place(const char *id, size_t id_length, const uint8_t *key, size_t key_length, uint64_t hash)
{
    SharedEntry **place = &shared.buckets[hash % shared.bucket_count];
    while (*place != NULL) {
        const SharedEntry *entry = *place;
        if (entry->hash == hash && entry->id_length == id_length && entry->key_length == key_length &&
            memcmp(entry->key, id, id_length) == 0 && memcmp(entry->key + id_length, key, key_length) == 0)
            break;
        place = &(*place)->next;
    }
    return place;
}

/* false: there is no memory for the first entry. */
static bool make_buckets(void)
{
    if (shared.count < shared.bucket_count)
        return true;
    size_t count = shared.bucket_count == 0 ? FIRST_BUCKETS : shared.bucket_count * 2;
    SharedEntry **buckets = calloc(count, sizeof(*buckets));
    if (buckets == NULL)
        return shared.buckets != NULL;
    for (size_t index = 0; index < shared.bucket_count; index++) {
        SharedEntry *next;
        for (SharedEntry *entry = shared.buckets[index]; entry != NULL; entry = next) {
            next = entry->next;
            entry->next = buckets[entry->hash % count];
            buckets[entry->hash % count] = entry;
        }
    }
    free(shared.buckets);
    shared.buckets = buckets;
    shared.bucket_count = count;
    return true;
}

static int32_t get_shared(const uint8_t *key, size_t key_length, uint8_t **value, size_t *length, int32_t *cas)
{
    const char *id = this_vm()->group->id;
    size_t id_length = strlen(id);
    uint64_t hash = hash_bytes(hash_bytes(0xcbf29ce484222325, id, id_length), key, key_length);
    const SharedEntry *entry = shared.buckets == NULL ? NULL : *shared_place(id, id_length, key, key_length, hash);
    if (entry == NULL)
        return STATUS_NOT_FOUND;
    *value = copy_bytes(engine_malloc, entry->value, entry->length);
    *length = entry->length;
    *cas = entry->cas;
    return *value == NULL ? STATUS_INTERNAL_FAILURE : STATUS_OK;
}

static int32_t proxy_get_shared_data(const uint8_t *key, size_t key_length, uint8_t **value, size_t *length, int32_t *cas)
{
    pthread_mutex_lock(&shared.lock);
    int32_t status = get_shared(key, key_length, value, length, cas);
    pthread_mutex_unlock(&shared.lock);
    return status;
}

static int32_t set_shared(const uint8_t *key, size_t key_length, const uint8_t *value, size_t length, int32_t cas)
{
    const char *id = this_vm()->group->id;
    size_t id_length = strlen(id);
    uint64_t hash = hash_bytes(hash_bytes(0xcbf29ce484222325, id, id_length), key, key_length);
    if (!make_buckets())
        return STATUS_INTERNAL_FAILURE;
    SharedEntry **place = shared_place(id, id_length, key, key_length, hash), *entry = *place;
    /* As proxy-wasm has it: what is not there takes any number. */
    if (cas != 0 && entry != NULL && entry->cas != cas)
        return STATUS_CAS_MISMATCH;
    uint8_t *copy = copy_bytes(malloc, value, length);
    if (copy == NULL)
        return STATUS_INTERNAL_FAILURE;
    if (entry == NULL) {
        entry = malloc(sizeof(*entry) + id_length + key_length);
        if (entry == NULL) {
            free(copy);
            return STATUS_INTERNAL_FAILURE;
        }
        *entry = (SharedEntry){.hash = hash, .id_length = id_length, .key_length = key_length};
        memcpy(entry->key, id, id_length);
        memcpy(entry->key + id_length, key, key_length);
        *place = entry;
        shared.count++;
    }
    free(entry->value);
    entry->value = copy;
    entry->length = length;
    shared.last_cas = shared.last_cas == INT32_MAX ? 1 : shared.last_cas + 1;
    entry->cas = shared.last_cas;
    return STATUS_OK;
}

static int32_t proxy_set_shared_data(const uint8_t *key, size_t key_length, const uint8_t *value, size_t length, int32_t cas)
{
    pthread_mutex_lock(&shared.lock);
    int32_t status = set_shared(key, key_length, value, length, cas);
    pthread_mutex_unlock(&shared.lock);
    return status;
}
