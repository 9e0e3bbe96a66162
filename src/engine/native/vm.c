/* Events of a VM: between `enter` and `leave` its code runs, and nobody else's of it. */

static void enter(Vm *vm, Stream *stream, bool on_worker)
{
    pthread_mutex_lock(&vm->lock);
    quickjs_state = &vm->engine.quickjs;
    /* Another thread, or another depth of the stack. */
    if (vm->restarts_at == 0)
        JS_UpdateStackTop(bridge.runtime);
    vm->running = stream;
    vm->on_worker = on_worker;
}

static void lose_engine(Vm *vm);

static void leave(Vm *vm)
{
    if (vm->engine.ended)
        lose_engine(vm);
    vm->running = NULL;
    Action *actions = take_actions(vm);
    quickjs_state = NULL;
    pthread_mutex_unlock(&vm->lock);
    act_all(actions);
}
