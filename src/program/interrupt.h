/* Interrupt: SIGINT and SIGTERM become a question that a loop asks between two steps, and a long call of the
 * library between its iterations.
 *
 * The first signal asks the run to stop and save. A second signal ends the program at once, as if this file
 * did not exist.
 */
#ifndef GZ_INTERRUPT_H
#define GZ_INTERRUPT_H

#include "context.h"

/* From now on remember the first signal, and make it the stop of the context (gz_go_on). Two other signals no longer end the program. SIGXFSZ (a file reaches
 * its size limit) becomes an error of the write. SIGPIPE (the reader of the progress lines has gone) is
 * ignored. */
void gz_interrupt_watch(gz_context *context);

/* True once a signal has come. */
bool gz_interrupted(void);

#endif
