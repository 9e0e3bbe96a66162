/* What the bridge remembers of the guest's heads of messages; see heads.c. */

enum { EDIT_SET, EDIT_APPEND, EDIT_DELETE, HEADERS_HAS, HEADERS_GET, HEAD_FUNCTIONS };
/* The pseudo-headers, and after them the headers that a state has shown. */
enum { PSEUDO_METHOD, PSEUDO_PATH, PSEUDO_AUTHORITY, PSEUDO_SCHEME, PSEUDO_STATUS, SHOWN_HEADERS, HEAD_GETTERS };

/* The guest's classes and the bits of its messages: what `src/guest/native-heads.ts` gives. */
typedef struct {
    bool installed;
    JSAtom store, message, bits, head, journal, read, owner, over, id, instance, access, calls, shown_headers;
    JSObject *host, *exchange_class, *message_class, *head_class;
    int closed_bits, touched_bits, consumed_bits, head_bit, head_out_bit, response_bit;
    /* The message of a prepared exchange whose filter runs, and whether one of its headers was read without a list of all. */
    const JSObject *prepared_message;
    bool read_alone;
    JSValue functions[HEAD_FUNCTIONS];
    /* Of requests, then of responses; undefined: it has no such setter. */
    JSValue getters[2][HEAD_GETTERS], setters[2][HEAD_GETTERS];
} Heads;
