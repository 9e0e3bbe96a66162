/* Reading of what keys and arguments of signatures are written in: DER (X.690) and messages of Protocol Buffers. Nothing is copied. */

enum { DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_OCTET_STRING = 0x04, DER_OBJECT = 0x06, DER_SEQUENCE = 0x30, DER_PARAMETERS = 0xa0,
       DER_PUBLIC_KEY = 0xa1 };

typedef struct {
    const uint8_t *bytes;
    size_t length;
} Slice;

static bool slice_is(Slice slice, const void *bytes, size_t length)
{
    return slice.length == length && (length == 0 || memcmp(slice.bytes, bytes, length) == 0);
}

static bool take_bytes(Slice *from, size_t length, Slice *taken)
{
    if (length > from->length)
        return false;
    *taken = (Slice){from->bytes, length};
    from->bytes += length;
    from->length -= length;
    return true;
}

/* The content of the next element, which has to be of that kind. */
static bool take_element(Slice *from, uint8_t tag, Slice *content)
{
    Slice rest = *from, head, more;
    if (!take_bytes(&rest, 2, &head) || head.bytes[0] != tag)
        return false;
    size_t length = head.bytes[1];
    if (length >= 0x80) {
        size_t count = length & 0x7f;
        if (count == 0 || count > 4 || !take_bytes(&rest, count, &more) || more.bytes[0] == 0)
            return false;
        length = 0;
        for (size_t index = 0; index < count; index++)
            length = length << 8 | more.bytes[index];
        if (length < 0x80)
            return false;
    }
    if (!take_bytes(&rest, length, content))
        return false;
    *from = rest;
    return true;
}

/* Of whole bytes. */
static bool take_bit_string(Slice *from, Slice *bits)
{
    Slice unused;
    return take_element(from, DER_BIT_STRING, bits) && take_bytes(bits, 1, &unused) && unused.bytes[0] == 0;
}

static bool take_varint(Slice *from, uint64_t *number)
{
    *number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        Slice byte;
        if (!take_bytes(from, 1, &byte))
            return false;
        *number |= (uint64_t)(byte.bytes[0] & 0x7f) << shift;
        if (byte.bytes[0] < 0x80)
            return true;
    }
    return false;
}

/* The last value of each field from 1 to `count` whose type is bytes. false: it is no message of such fields alone. */
static bool read_fields(Slice message, Slice *fields, size_t count)
{
    while (message.length > 0) {
        uint64_t tag, length;
        Slice value;
        if (!take_varint(&message, &tag) || (tag & 7) != 2 || !take_varint(&message, &length) || !take_bytes(&message, length, &value))
            return false;
        if (tag >> 3 < 1 || tag >> 3 > count)
            return false;
        fields[(tag >> 3) - 1] = value;
    }
    return true;
}
