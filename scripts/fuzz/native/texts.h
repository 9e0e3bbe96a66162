/* What random texts are made of, and what the fuzzed policy (`../policies/native.ts`) can be asked for. */

static const char *const texts[] = {
    "[", "]", "{", "}", "\"", ":", ",", "{\"a\":", "[1,", "\\u0000", "\\ud800", "\\", "null", "true", "-0", "1e999", "1E-400", "0x1f", "123456789012345678901",
    "1n", "NaN", "Infinity", "(", ")", "(?:", "(?=", "(?<!", "(?<name>", "\\k<name>", "a*", "a+?", "{2,1000}", "{99999}", "|", "[^", "a-z", "\\p{L}", "\\1",
    "\\b", "^", "$", ".", "\xc2\xa7gu", "\xc2\xa7v", "\xc2\xa7iy", "[[a--b]&&c]", "http://", "https://user:pass@", "[::1]", "[::ffff:1.2.3.4]", "xn--", "xn--a-0hc",
    "%", "%00", "%ff", "%e2%82%ac", "//", "/../", "?", "#", "@", ":99999", "file:///", "data:,", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\xa0\x80", "\xff",
    "\xc0\x80", "\xef\xbb\xbf", "\xcc\x81", "\xef\xbd\x81", "=", "&", "a=b&", "+", "--boundary\r\n", "content-disposition: form-data; name=\"a\"\r\n\r\n",
    "--boundary--", "\r\n", "AAAA", "====", "YWJj", "-_", "2026-11-30T12:00:00Z", "+275760-09-13", "-000000", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", " ", "\t",
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42", "\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05",
    "\x02\x01\x01", "\x30\x06", "\x03\x81\x81", "svc", "x", "0", "1",
};

static const char *const operations[] = {
    "json", "regexp", "url", "text", "base64", "structured", "date", "number", "digest", "signatures", "aes", "recursion", "memory", "loop", "sort", "proxies",
    "cookies", "query", "form", "replace", "stream", "store", "wait", "call", "answer", "throw", "body", "", "none", "json", "regexp", "url", "text", "body",
    "replace", "stream", "call", "call", "wait", "wait",
};

static const char *const types[] = {
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=boundary", "text/plain; charset=utf-16", "application/grpc", "",
};

enum { TEXTS = sizeof(texts) / sizeof(*texts), OPERATIONS = sizeof(operations) / sizeof(*operations), TYPES = sizeof(types) / sizeof(*types) };
