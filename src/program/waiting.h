/* Waiting: how long threads spin before they sleep. */
#ifndef GZ_WAITING_H
#define GZ_WAITING_H

/* Ask the OpenMP runtime for short waits, unless the user has said how to wait. By default waiting threads
 * spin for milliseconds; on a machine that also does other work, two threads then take up to ten times as
 * long as one. The runtime reads its settings only when it is loaded, so this starts the program anew with
 * GOMP_SPINCOUNT set. It returns if there is nothing to do, or if the program cannot be started anew. */
void gz_wait_briefly(char **argv);

#endif
