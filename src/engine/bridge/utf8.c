/* The decoder of the Encoding standard for UTF-8: each maximal subpart of an ill-formed sequence becomes one U+FFFD. */

/* Bytes from one question whether to go on to the next. */
#define UTF8_PIECE ((size_t)1 << 16)

enum {
    UTF8_ILL_FORMED = -1,
    UTF8_INTERRUPTED = -2, /* An error is thrown. */
};

static bool is_ascii(const uint8_t *bytes, size_t length)
{
    const uint8_t *end = bytes + length;
    for (; end - bytes >= 8; bytes += 8) {
        uint64_t eight;
        memcpy(&eight, bytes, 8);
        if (eight & 0x8080808080808080)
            return false;
    }
    for (; bytes < end; bytes++) {
        if (*bytes & 0x80)
            return false;
    }
    return true;
}

/*
 * Writes UTF-16 units to `target`, which has room for `length` units. Returns how many, `UTF8_ILL_FORMED` at the first ill-formed
 * sequence when `fatal`, or `UTF8_INTERRUPTED`.
 */
static ptrdiff_t utf16_from_utf8(JSContext *ctx, const uint8_t *source, size_t length, uint16_t *target, bool fatal)
{
    const uint8_t *end = source + length;
    const uint8_t *piece_end = source;
    uint16_t *out = target;
    while (source < end) {
        if (source >= piece_end) {
            size_t piece = end - source < UTF8_PIECE ? end - source : UTF8_PIECE;
            piece_end = source + piece;
            if (!quickjs_work(ctx, piece >> 4))
                return UTF8_INTERRUPTED;
        }
        uint32_t lead = *source++;
        if (lead < 0x80) {
            *out++ = lead;
            continue;
        }
        int needed = lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
        uint32_t character = needed == 1 ? lead & 0x1f : needed == 2 ? lead & 0x0f : lead & 0x07;
        uint32_t lower = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        uint32_t upper = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        bool well_formed = needed > 0;
        for (; needed > 0; needed--) {
            uint32_t next = source < end ? *source : 0;
            if (next < lower || next > upper) {
                well_formed = false;
                break;
            }
            source++;
            lower = 0x80;
            upper = 0xbf;
            character = character << 6 | (next & 0x3f);
        }
        if (!well_formed) {
            if (fatal)
                return UTF8_ILL_FORMED;
            character = 0xfffd;
        }
        if (character >= 0x10000) {
            character -= 0x10000;
            *out++ = 0xd800 | character >> 10;
            character = 0xdc00 | (character & 0x3ff);
        }
        *out++ = character;
    }
    return out - target;
}
