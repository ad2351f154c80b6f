/* Interrupt: SIGINT and SIGTERM become a question that a loop asks between two steps. The first signal asks
 * the run to stop and save; a second one ends the program at once, as it would without us.
 */
#ifndef GZ_INTERRUPT_H
#define GZ_INTERRUPT_H

#include <stdbool.h>

/* From now on remember the first signal. Two others no longer end the program: a file at its size limit
 * (SIGXFSZ) becomes an error of the write, and a reader of the progress lines that has gone (SIGPIPE) is
 * ignored. */
void gz_interrupt_watch(void);

/* True once a signal has come. */
bool gz_interrupted(void);

#endif
