/*
 * The ticks of root contexts. Envoy gives such filters no timers: one thread of the process waits for all of them. It lives as long as the
 * process; what it waits for goes with the configurations.
 */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_once_t once;
    Root *roots;
    uint64_t waits_until; /* of the thread; UINT64_MAX: for a change */
} ticks = {.lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT};

static void send_tick(const Root *root)
{
    Message *message = calloc(1, sizeof(*message));
    if (message == NULL)
        abort();
    message->root = root->id;
    send_message(root->vm, message);
}

static void *wait_for_ticks(void *nothing)
{
    pthread_mutex_lock(&ticks.lock);
    for (;;) {
        uint64_t now = host_clock(false), next = UINT64_MAX;
        for (Root *root = ticks.roots; root != NULL; root = root->next_ticking) {
            if (root->due == 0)
                continue;
            if (root->due <= now) {
                root->due = 0;
                send_tick(root);
            } else if (root->due < next) {
                next = root->due;
            }
        }
        ticks.waits_until = next;
        if (next == UINT64_MAX) {
            pthread_cond_wait(&ticks.changed, &ticks.lock);
        } else {
            struct timespec until = {(time_t)(next / 1000000000), (long)(next % 1000000000)};
            pthread_cond_timedwait(&ticks.changed, &ticks.lock, &until);
        }
    }
    return nothing;
}

static void start_ticks(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&ticks.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_ticks, NULL) != 0)
        abort();
    pthread_detach(thread);
}

/* With the lock. */
static void wait_for(Root *root)
{
    root->due = root->period == 0 ? 0 : host_clock(false) + (uint64_t)root->period * 1000000;
    if (root->due != 0 && root->due < ticks.waits_until)
        pthread_cond_signal(&ticks.changed);
}

static int32_t proxy_set_tick_period_milliseconds(int32_t period)
{
    Root *root = effective_root();
    if (root == NULL)
        return STATUS_BAD_ARGUMENT;
    pthread_once(&ticks.once, start_ticks);
    pthread_mutex_lock(&ticks.lock);
    if (!root->ticks) {
        root->ticks = true;
        root->next_ticking = ticks.roots;
        ticks.roots = root;
    }
    root->period = (uint32_t)period;
    wait_for(root);
    pthread_mutex_unlock(&ticks.lock);
    return STATUS_OK;
}

/* The tick has been delivered, and perhaps set anew. */
static void tick_again(Root *root)
{
    pthread_mutex_lock(&ticks.lock);
    if (root->due == 0)
        wait_for(root);
    pthread_mutex_unlock(&ticks.lock);
}

static void end_ticks(Root *root)
{
    pthread_mutex_lock(&ticks.lock);
    if (root->ticks) {
        Root **place = &ticks.roots;
        while (*place != root)
            place = &(*place)->next_ticking;
        *place = root->next_ticking;
        root->ticks = false;
    }
    pthread_mutex_unlock(&ticks.lock);
}
