/* Interrupt: C lets a signal handler write to nothing but a static sig_atomic_t. This is the only mutable
 * static of the program; the library has none. */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t signal_came;

static void remember(int number) {
    (void)number;
    signal_came = 1;
}

static bool stop(void *data) {
    (void)data;
    return gz_interrupted();
}

void gz_interrupt_watch(gz_context *context) {
    struct sigaction once = {.sa_handler = remember, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&once.sa_mask);
    signal_came = 0;
    sigaction(SIGINT, &once, NULL);
    sigaction(SIGTERM, &once, NULL);
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGXFSZ, &ignore, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    gz_context_set_stop(context, stop, NULL);
}

bool gz_interrupted(void) {
    return signal_came != 0;
}
