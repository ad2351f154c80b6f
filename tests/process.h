/* The program `grazing` as a process, run in the scratch folder. */
#ifndef GZ_TESTS_PROCESS_H
#define GZ_TESTS_PROCESS_H

#include <sys/types.h>

enum { PROCESS_WORDS = 40 };

/* Run `grazing` with these words (the last one NULL) to its end: its exit status, or 1000 + the signal that
 * ended it. OpenMP is kept to one thread unless the words say otherwise. */
int process_run(const char *const words[]);

/* The same, the words as arguments. */
#define GRAZING(...) process_run((const char *const[]){__VA_ARGS__, NULL})

/* What the last process_run or process_wait wrote. Valid until the next one. */
const char *process_output(void);
const char *process_errors(void);

/* bkw.yaml and fuzzy.yaml of milliseconds a step, 5 and 3 of 0.1, in the scratch folder. */
void write_decks(void);

/* The exit status is the one wanted; `text` holds this piece; or the test fails. */
void expect(int status, int wanted);
void says(const char *text, const char *piece);

/* One line on stderr that holds these pieces, nothing on stdout. */
void one_error(const char *piece, const char *other);

/* The same in the background. */
pid_t process_start(const char *const words[]);
int process_wait(pid_t process);

#endif
