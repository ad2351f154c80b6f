/* The program `grazing` as a process, run in the scratch folder. */
#ifndef GZ_TESTS_PROCESS_H
#define GZ_TESTS_PROCESS_H

#include <sys/types.h>

enum { PROCESS_WORDS = 40 };

/* Run `grazing` with these words (the last one NULL) to its end: its exit status, or 1000 + the signal that
 * ended it. OpenMP is kept to one thread unless the words say otherwise. */
int process_run(const char *const words[]);

/* What the last process_run or process_wait wrote. Valid until the next one. */
const char *process_output(void);
const char *process_errors(void);

/* The same in the background. */
pid_t process_start(const char *const words[]);
int process_wait(pid_t process);

#endif
