/* Interrupt: C lets a signal handler touch nothing but static objects of type sig_atomic_t. These two are the only
 * mutable statics of the program; the library has two locks (plans.c, hdf5_tools.c). */
#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t signal_came, is_to_speak;

static const char SENTENCE[] = "\nstopping after this step; it is given up if it takes longer\n";

/* write is one of the few calls that a handler may make. Where it fails there is nobody to tell. */
static void remember(int number) {
    (void)number;
    const int before = errno;
    const bool first = !signal_came;
    signal_came = 1;
    if (first && is_to_speak && write(STDERR_FILENO, SENTENCE, sizeof SENTENCE - 1) < 0) is_to_speak = 0;
    errno = before;
}

static bool stop(void *data) {
    (void)data;
    return gz_interrupted();
}

/* flags: of sigaction. */
static void handle(int number, void (*handler)(int), int flags) {
    struct sigaction now, wanted = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&wanted.sa_mask);
    if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN) sigaction(number, &wanted, NULL);
}

void gz_interrupt_watch(gz_context *context, bool speaks) {
    static const int ONCE[] = {SIGINT, SIGTERM}, ALWAYS[] = {SIGHUP, SIGUSR1, SIGXCPU},
                     IGNORED[] = {SIGXFSZ, SIGPIPE};
    signal_came = 0;
    is_to_speak = speaks;
    for (size_t i = 0; i < sizeof ONCE / sizeof *ONCE; i++) handle(ONCE[i], remember, (int)SA_RESETHAND);
    for (size_t i = 0; i < sizeof ALWAYS / sizeof *ALWAYS; i++) handle(ALWAYS[i], remember, 0);
    for (size_t i = 0; i < sizeof IGNORED / sizeof *IGNORED; i++) handle(IGNORED[i], SIG_IGN, 0);
    gz_context_set_stop(context, stop, NULL);
}

bool gz_interrupted(void) {
    return signal_came != 0;
}
