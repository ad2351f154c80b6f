/* The program as a process: its output goes into temporary files, which are read when it has ended. */
#include "process.h"
#include "program.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT = 1 << 16 };

static const char BKW[] = "title: small bkw\n"
                          "grid: {v: {nodes: 15, half_width: 5.0}}\n"
                          "initial: [{shape: bkw, time: 0.5}]\n"
                          "time: {dt: 0.1, end: 0.5}\n"
                          "output: {every: 0.2}\n";

static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                            "grid: {x: {cells: 4}, v: {nodes: 13, half_width: 5.5}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.1, end: 0.3}\n";

static FILE *output, *errors;
static char output_text[TEXT], error_text[TEXT];

static FILE *fresh(FILE *old) {
    if (old) fclose(old);
    FILE *file = tmpfile();
    cr_assert_not_null(file);
    return file;
}

/* Let stdout and stderr go into fresh files, and the scratch folder be the working folder. */
static void redirect(void) {
    fflush(NULL);
    if (dup2(fileno(output), STDOUT_FILENO) < 0 || dup2(fileno(errors), STDERR_FILENO) < 0) _exit(99);
    if (chdir(scratch_path("")) != 0) _exit(98);
}

/* The words after the name of the program. Returns the number of all. */
static int gather(const char *const words[], char *arguments[PROCESS_WORDS + 2]) {
    static char name[] = GRAZING_PROGRAM;
    int count = 1;
    arguments[0] = name;
    for (; words[count - 1]; count++) {
        cr_assert_lt(count, PROCESS_WORDS);
        arguments[count] = (char *)words[count - 1];
    }
    arguments[count] = NULL;
    return count;
}

/* Fork a process that is redirected and has one thread. Returns 0 in it, and its number to the test. */
static pid_t fork_process(void) {
    output = fresh(output);
    errors = fresh(errors);
    fflush(NULL);
    const pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child > 0) return child;
    redirect();
    setenv("OMP_NUM_THREADS", "1", 1);
    return 0;
}

pid_t process_start(const char *const words[]) {
    char *arguments[PROCESS_WORDS + 2];
    gather(words, arguments);
    const pid_t child = fork_process();
    if (child > 0) return child;
    execv(GRAZING_PROGRAM, arguments);
    _exit(97);
}

int process_shell(const char *line) {
    const pid_t child = fork_process();
    if (child > 0) return process_wait(child);
    setenv("GRAZING", GRAZING_PROGRAM, 1);
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(96);
}

static void read_back(FILE *file, char *text) {
    rewind(file);
    text[fread(text, 1, TEXT - 1, file)] = 0;
}

int process_wait(pid_t process) {
    int status = 0;
    cr_assert_eq(waitpid(process, &status, 0), process);
    read_back(output, output_text);
    read_back(errors, error_text);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The commands with one thread. */
static int run_here(const char *const words[]) {
    char *arguments[PROCESS_WORDS + 2];
    const int count = gather(words, arguments);
    omp_set_num_threads(1); /* OMP_NUM_THREADS was read when the test began */
    gz_ranks *ranks = gz_ranks_start();
    const int status = gz_program(gz_commands, ranks, count, (const char *const *)arguments);
    gz_ranks_stop(ranks);
    return status;
}

int process_run(const char *const words[]) {
    const int folder = open(".", O_RDONLY), own[] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)},
              threads = omp_get_max_threads();
    output = fresh(output);
    errors = fresh(errors);
    redirect();
    const int status = run_here(words);
    fflush(NULL);
    cr_assert(dup2(own[0], STDOUT_FILENO) >= 0 && dup2(own[1], STDERR_FILENO) >= 0 && fchdir(folder) == 0);
    close(own[0]);
    close(own[1]);
    close(folder);
    omp_set_num_threads(threads);
    read_back(output, output_text);
    read_back(errors, error_text);
    return status;
}

int process_fork(const char *const words[]) {
    const pid_t child = fork_process();
    if (child > 0) return process_wait(child);
    exit(run_here(words));
}

const char *process_output(void) {
    return output_text;
}

const char *process_errors(void) {
    return error_text;
}

void write_decks(void) {
    scratch_write("bkw.yaml", BKW, strlen(BKW));
    scratch_write("fuzzy.yaml", FUZZY, strlen(FUZZY));
}

void expect(int status, int wanted) {
    cr_assert_eq(status, wanted, "status %d, wanted %d: %s%s", status, wanted, error_text, output_text);
}

void says(const char *text, const char *piece) {
    cr_assert_not_null(strstr(text, piece), "does not say `%s`: %s", piece, text);
}

void one_error(const char *piece, const char *other) {
    const char *end = strchr(error_text, '\n');
    cr_assert(end && !end[1], "%s", error_text);
    cr_assert_eq(strncmp(error_text, "grazing: ", 9), 0);
    says(error_text, piece);
    says(error_text, other);
    cr_assert_str_eq(output_text, "");
}
