/* What a module keeps of its functions for stacks and messages. */

/* Whose a line of a source is: what begins there is so until the next entry. Lines count from 1. */
enum { LINE_UNSEEN, LINE_NAMED, LINE_SHOWN };
#define LINE_KIND_BITS 2
#define LINE_KIND_MASK 3

static int line_kind(const uint32_t *lines, size_t count, int line)
{
    size_t first = 0;
    while (count > 0) {
        size_t half = count / 2;
        if (lines[first + half] >> LINE_KIND_BITS <= (uint32_t)line) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return first == 0 ? LINE_UNSEEN : lines[first - 1] & LINE_KIND_MASK;
}

/* The most that any line of a function is. Its table of positions is as `find_line_num` reads it. */
static int function_kind(const JSFunctionBytecode *b, const uint32_t *lines, size_t count)
{
    int line = b->line_num, kind = line_kind(lines, count, line);
    const uint8_t *at = b->pc2line_buf, *end = at + b->pc2line_len;
    while (at < end && kind != LINE_SHOWN) {
        int op = *at++;
        if (op == 0) {
            uint32_t pc;
            int32_t step;
            at += get_leb128(&pc, at, end);
            at += get_sleb128(&step, at, end);
            line += step;
        } else {
            line += (op - PC2LINE_OP_FIRST) % PC2LINE_RANGE + PC2LINE_BASE;
        }
        int32_t column;
        at += get_sleb128(&column, at, end);
        int other = line_kind(lines, count, line);
        if (other > kind)
            kind = other;
    }
    return kind;
}

/*
 * Drops what nobody sees of a script's functions. Stacks leave out those in unseen lines: they need no positions, no names, and no names of
 * variables for messages about them. Classes and methods have theirs from elsewhere. Of those in named lines it counts only whose they are: each has one position, where it begins.
 * Scopes of variables are for direct eval, which there is none of.
 */
void quickjs_strip(JSContext *ctx, JSValueConst function, const uint32_t *lines, size_t count)
{
    if (JS_VALUE_GET_TAG(function) != JS_TAG_FUNCTION_BYTECODE)
        return;
    JSFunctionBytecode *b = JS_VALUE_GET_PTR(function);
    int kind = function_kind(b, lines, count);
    if (kind != LINE_SHOWN) {
        js_free(ctx, b->pc2line_buf);
        b->pc2line_buf = NULL;
        b->pc2line_len = 0;
    }
    if (kind == LINE_UNSEEN) {
        b->line_num = b->col_num = 0;
        JS_FreeAtom(ctx, b->func_name);
        b->func_name = JS_ATOM_NULL;
    }
    for (int index = 0; index < b->arg_count + b->var_count; index++) {
        JSVarDef *variable = &b->vardefs[index];
        variable->scope_level = variable->scope_next = 0;
        if (kind == LINE_UNSEEN) {
            JS_FreeAtom(ctx, variable->var_name);
            variable->var_name = JS_ATOM_NULL;
        }
    }
    for (int index = 0; index < b->closure_var_count && kind == LINE_UNSEEN; index++) {
        JS_FreeAtom(ctx, b->closure_var[index].var_name);
        b->closure_var[index].var_name = JS_ATOM_NULL;
    }
    for (int index = 0; index < b->cpool_count; index++)
        quickjs_strip(ctx, b->cpool[index], lines, count);
}
