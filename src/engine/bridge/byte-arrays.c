/* Byte arrays whose memory is not QuickJS's own. */

/* QuickJS resizes and frees (size 0) the memory through this. */
static void *resize_adopted(JSRuntime *rt, void *length, void *pointer, size_t size)
{
    if (size > 0)
        return realloc(pointer, size);
    bridge.adopted_bytes -= (uintptr_t)length;
    free(pointer);
    return NULL;
}

/* Bytes that `malloc` gave, to the host or to the bridge, become the memory of a Uint8Array without a copy. NULL: none. */
static JSValue adopt_bytes(JSContext *ctx, uint8_t *bytes, size_t length)
{
    if (bytes == NULL)
        bytes = allocate(1);
    bridge.adopted_bytes += length;
    return JS_NewUint8Array(ctx, bytes, length, resize_adopted, (void *)(uintptr_t)length, false);
}
