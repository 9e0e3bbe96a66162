/* Events of a VM: between `enter` and `leave` its code runs, and nobody else's of it. */

/* false: it has ended, and the next one has not begun. */
static bool has_engine(const Vm *vm)
{
    return vm->restarts_at == 0 && !vm->engine.ended;
}

/* Configurations come and go on other threads than exchanges that the guest keeps, which only their worker's may touch. */
static bool may_touch_exchanges(const Vm *vm)
{
    return vm->on_worker || vm->live == NULL;
}

static void lose_engine(Vm *vm);
static void wake(Vm *vm);

/* `on_worker`: on the thread of the VM's worker. */
static void enter(Vm *vm, Stream *stream, bool on_worker)
{
    pthread_mutex_lock(&vm->lock);
    quickjs_state = &vm->engine.quickjs;
    vm->on_worker = on_worker;
    if (vm->engine.ended && may_touch_exchanges(vm))
        lose_engine(vm);
    /* Another thread, or another depth of the stack. */
    if (vm->restarts_at == 0)
        JS_UpdateStackTop(bridge.runtime);
    vm->running = stream;
}

/* What has become of exchanges is left to their worker where this thread may not touch them. */
static void leave(Vm *vm)
{
    Action *actions = NULL;
    if (may_touch_exchanges(vm)) {
        if (vm->engine.ended)
            lose_engine(vm);
        actions = take_actions(vm);
    } else if (vm->engine.ended || vm->actions != NULL) {
        wake(vm);
    }
    vm->running = NULL;
    quickjs_state = NULL;
    pthread_mutex_unlock(&vm->lock);
    act_all(actions);
}
