/* Events of root contexts: ticks, and answers of calls. */

/* false: the guest refuses its configuration. */
static bool configure_root(Root *root)
{
    proxy_on_context_create(root->id, 0);
    return (!guest_has(EVENT_VM_START) || proxy_on_vm_start(root->id, 0) != 0) &&
           proxy_on_configure(root->id, (int32_t)root->config->text_length) != 0;
}

static void deliver_message(Vm *vm, const Message *message)
{
    Root *root = has_engine(vm) ? find_root(vm, message->root) : NULL;
    if (root == NULL)
        return;
    if (message->is_answer) {
        vm->answer = message;
        proxy_on_http_call_response(root->id, message->token, (int32_t)message->header_count, (int32_t)message->body_length, 0);
        vm->answer = NULL;
    } else {
        proxy_on_tick(root->id);
        tick_again(root);
    }
}

/* `on_worker`: on the thread of the VM's worker, which alone may run the code of exchanges that the guest keeps; else on the main one. */
static void read_inbox(Vm *vm, bool on_worker)
{
    for (;;) {
        enter(vm, NULL, on_worker);
        Message *message = on_worker || vm->live == NULL ? take_message(vm) : NULL;
        if (message == NULL) {
            leave(vm);
            return;
        }
        deliver_message(vm, message);
        leave(vm);
        free_message(message);
    }
}
