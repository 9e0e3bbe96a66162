/* The C library's printf into memory, as far as QuickJS needs it. */

typedef struct {
    char *out;
    size_t room;
    size_t length;
} Formatted;

static void format_char(Formatted *to, char character)
{
    if (to->length + 1 < to->room)
        to->out[to->length] = character;
    to->length++;
}

static void format_padded(Formatted *to, const char *text, size_t length, size_t width, char padding)
{
    for (size_t at = length; at < width; at++)
        format_char(to, padding);
    for (size_t at = 0; at < length; at++)
        format_char(to, text[at]);
}

static void format_number(Formatted *to, uint64_t number, unsigned base, char sign, size_t width, char padding)
{
    char digits[24];
    char *first = digits + sizeof(digits);
    do {
        *--first = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    size_t length = digits + sizeof(digits) - first;
    if (sign != 0) {
        if (padding == '0') {
            format_char(to, sign);
            width = width > 0 ? width - 1 : 0;
        } else {
            *--first = sign;
            length++;
        }
    }
    format_padded(to, first, length, width, padding);
}

/* %s %c %d %i %u %x %p %%, with the flags 0 and +, a width, a precision (of %s), and the lengths z, l, ll. */
int quickjs_vsnprintf(char *out, size_t room, const char *format, va_list arguments)
{
    Formatted to = {out, room, 0};
    for (; *format != 0; format++) {
        if (*format != '%') {
            format_char(&to, *format);
            continue;
        }
        format++;
        char padding = ' ';
        char plus = 0;
        for (; *format == '0' || *format == '+'; format++) {
            if (*format == '0')
                padding = '0';
            else
                plus = '+';
        }
        size_t width = 0;
        if (*format == '*') {
            width = va_arg(arguments, int);
            format++;
        }
        for (; *format >= '0' && *format <= '9'; format++)
            width = width * 10 + (*format - '0');
        size_t precision = SIZE_MAX;
        if (*format == '.') {
            format++;
            precision = 0;
            if (*format == '*') {
                precision = va_arg(arguments, int);
                format++;
            }
            for (; *format >= '0' && *format <= '9'; format++)
                precision = precision * 10 + (*format - '0');
        }
        int longs = 0;
        for (; *format == 'l' || *format == 'z'; format++)
            longs += *format == 'l';
        switch (*format) {
        case 's': {
            const char *text = va_arg(arguments, const char *);
            if (text == NULL)
                text = "(null)";
            format_padded(&to, text, strnlen(text, precision), width, ' ');
            break;
        }
        case 'c':
            format_char(&to, (char)va_arg(arguments, int));
            break;
        case 'd':
        case 'i': {
            int64_t number = longs > 1 ? va_arg(arguments, int64_t) : va_arg(arguments, int);
            format_number(&to, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, number < 0 ? '-' : plus, width, padding);
            break;
        }
        case 'u':
        case 'x':
        case 'p': {
            uint64_t number = longs > 1 ? va_arg(arguments, uint64_t) : va_arg(arguments, unsigned);
            format_number(&to, number, *format == 'u' ? 10 : 16, 0, width, padding);
            break;
        }
        default:
            format_char(&to, *format);
        }
    }
    if (room > 0)
        out[to.length < room ? to.length : room - 1] = 0;
    return (int)to.length;
}

int quickjs_snprintf(char *out, size_t room, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = quickjs_vsnprintf(out, room, format, arguments);
    va_end(arguments);
    return length;
}
