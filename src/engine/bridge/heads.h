/* What the bridge remembers of the guest's heads of messages; see heads.c. */

enum { EDIT_SET, EDIT_APPEND, EDIT_DELETE, HEADERS_HAS, HEADERS_GET, HEAD_FUNCTIONS };
/* The pseudo-headers, and after them the headers that a state has shown. */
enum { PSEUDO_METHOD, PSEUDO_PATH, PSEUDO_AUTHORITY, PSEUDO_SCHEME, PSEUDO_STATUS, SHOWN_HEADERS, HEAD_GETTERS };

/* A head's headers, as the host writes them: of one map of one exchange, until the next event or until a head is changed. */
typedef struct {
    uint8_t *bytes; /* NULL: none */
    size_t length;
    int32_t context;
    int map;
} HeldPairs;

/* The guest's classes and the bits of its messages: what `src/guest/native-heads.ts` gives. */
typedef struct {
    bool installed;
    KnownField store, message, bits, head, journal, read, owner, id, instance, access, calls, shown_headers;
    JSAtom over;
    JSObject *host, *exchange_class, *message_class, *head_class;
    int closed_bits, touched_bits, consumed_bits, head_bit, head_out_bit, response_bit;
    JSValue functions[HEAD_FUNCTIONS];
    /* Of requests, then of responses; undefined: it has no such setter. */
    JSValue getters[2][HEAD_GETTERS], setters[2][HEAD_GETTERS];
    HeldPairs pairs;
    /* A prepared filter runs: single headers are read from `pairs`, and a list is made only of a head that stays. */
    bool reads_pairs;
} Heads;
