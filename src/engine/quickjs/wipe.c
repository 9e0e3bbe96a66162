/* For the snapshot. */

/*
 * Overwrites what is free in the heap, in QuickJS's arenas and on the stack: source texts, syntax trees, whatever the policy
 * computed with.
 */
void quickjs_wipe(JSRuntime *rt)
{
    for (int class = 0; class < JS_ARENA_BLOCK_SIZE_COUNT; class++) {
        size_t block_size = arena_block_sizes[class];
        struct list_head *link;
        list_for_each(link, &rt->arena_state.free_arena_list[class]) {
            JSArena *arena = list_entry(link, JSArena, free_link);
            for (unsigned index = arena->first_free_block; index != JS_ARENA_FREE_NIL;) {
                JSMallocBlockHeader *block = arena_get_block(arena, index, block_size);
                block->gc_obj_type = 0;
                block->mark = 0;
                block->ref_count = 0;
                memset(block->user_data, 0, block_size - sizeof(JSMallocBlockHeader));
                index = block->u.free_next;
            }
        }
    }
    wipe_heap();
}
