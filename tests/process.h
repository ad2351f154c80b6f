/* The program `grazing` as a process, in the scratch folder. */
#ifndef GZ_TESTS_PROCESS_H
#define GZ_TESTS_PROCESS_H

#include <sys/types.h>

enum { PROCESS_WORDS = 40 };

/* Run the commands of `grazing` with these words (the last one NULL) to their end, here, in the process of the
 * test: to load the libraries of the program takes longer than most runs. Returns the exit status. OpenMP has one
 * thread unless the words say otherwise. */
int process_run(const char *const words[]);

/* The same in a process of its own, which may be left in any state. Returns its exit status, or 1000 + the signal
 * that ended it. It is forked from the test, which must not have used several threads. */
int process_fork(const char *const words[]);

/* process_run with the words as arguments. */
#define GRAZING(...) process_run((const char *const[]){__VA_ARGS__, NULL})

/* The same into a folder that may hold results already. */
#define GRAZING_ANEW(...) process_run((const char *const[]){__VA_ARGS__, "--overwrite", NULL})

/* What the last process wrote on stdout and stderr. Valid until the next process_run or process_wait. */
const char *process_output(void);
const char *process_errors(void);

/* Write bkw.yaml and fuzzy.yaml into the scratch folder: 5 and 3 steps of dt = 0.1, of milliseconds. */
void write_decks(void);

/* Fail the test unless the exit status is the one wanted; unless `text` holds this piece. */
void expect(int status, int wanted);
void says(const char *text, const char *piece);

/* Fail the test unless stderr is one line that holds these pieces, and stdout is empty. */
void one_error(const char *piece, const char *other);

/* Let the shell run a line in the scratch folder, in which "$GRAZING" is the program itself. Returns its exit status. */
int process_shell(const char *line);

/* Start the program itself in the background, as a user would; wait for its end. */
pid_t process_start(const char *const words[]);
int process_wait(pid_t process);

#endif
