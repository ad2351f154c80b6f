/* Waiting: how long threads spin before they sleep. */
#ifndef GZ_WAITING_H
#define GZ_WAITING_H

/* Ask the OpenMP runtime for short waits by starting the program anew with GOMP_SPINCOUNT set, unless the
 * user has said how to wait. By default waiting threads spin for milliseconds, and on a machine that also
 * does other work two threads then take up to ten times as long as one; the runtime reads this only when it
 * is loaded. Returns if there is nothing to do or the program cannot be started anew. */
void gz_wait_briefly(char **argv);

#endif
