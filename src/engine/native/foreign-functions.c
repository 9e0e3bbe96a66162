/* Functions that a host has beyond proxy-wasm's hostcalls: those of Envoy's that modules call. */

#define FIELDS 4

typedef int32_t SignatureFunction(const Slice *fields, uint8_t **result, size_t *length);

static int32_t with_fields(SignatureFunction *function, Slice arguments, uint8_t **result, size_t *length)
{
    Slice fields[FIELDS] = {0};
    return read_fields(arguments, fields, FIELDS) ? function(fields, result, length) : STATUS_BAD_ARGUMENT;
}

static int32_t proxy_call_foreign_function(
    const uint8_t *name, size_t name_length, const uint8_t *arguments, size_t arguments_length, uint8_t **result, size_t *length)
{
    static const char verify_name[] = "verify_signature", sign_name[] = "sign";
    Slice called = {name, name_length}, given = {arguments, arguments_length};
    if (slice_is(called, verify_name, sizeof(verify_name) - 1))
        return with_fields(verify_signature, given, result, length);
    if (slice_is(called, sign_name, sizeof(sign_name) - 1))
        return with_fields(make_signature, given, result, length);
    return STATUS_NOT_FOUND;
}
