/* Interrupt: signals become a question that a loop asks between two steps, and a long call of the library between
 * its iterations.
 *
 *   SIGINT, SIGTERM              ask to stop and save; a second one of the same kind ends the program at once, as
 *                                if this file did not exist
 *   SIGHUP, SIGUSR1, SIGXCPU     ask to stop and save, however often they come: a terminal that closes, a batch
 *                                system, the limit of processor time, which sends one every second
 *   SIGXFSZ, SIGPIPE             are ignored: a file at its size limit, or a reader of the progress lines that has
 *                                gone, become errors of the write
 *
 * A signal that the program was started to ignore (nohup, a shell's background jobs) stays ignored.
 */
#ifndef GZ_INTERRUPT_H
#define GZ_INTERRUPT_H

#include "context.h"

/* From now on remember the signals, and make them the stop of the context (gz_go_on). speaks: the first signal says
 * on stderr that the run stops after its step. */
void gz_interrupt_watch(gz_context *context, bool speaks);

/* True once a signal has come. */
bool gz_interrupted(void);

#endif
