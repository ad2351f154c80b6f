/* What surrounds the program: descriptors that are closed, an output that is full, a terminal, the environment, the name of
 * the process.
 */
#include "excerpt.h"
#include "process.h"
#include "progress.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void open_all(void) {
    scratch_open();
    write_decks();
}

TestSuite(surroundings, .init = open_all, .fini = scratch_close);

/* --- descriptors ---------------------------------------------------------------------------------------- */

/* What is said into a closed descriptor must not reach a file. This deck has a warning. */
Test(surroundings, closed_descriptors_are_filled) {
    static const char *const CLOSED[] = {"2>&-", ">&- 2>&-", "<&- >&- 2>&-"};
    static const char *const WAITS[] = {"GOMP_SPINCOUNT=0", "unset GOMP_SPINCOUNT OMP_WAIT_POLICY;"};
    for (size_t i = 0; i < 3; i++) {
        char line[200], name[40];
        snprintf(line, sizeof line, "%s \"$GRAZING\" run bkw.yaml --out %zu %s", WAITS[i % 2], i, CLOSED[i]);
        cr_assert_eq(process_shell(line), 0);
        cr_assert_str_eq(process_errors(), "");
        snprintf(name, sizeof name, "%zu/history.csv", i);
        gz_history *history = scratch_history(name);
        cr_assert_eq(history->row_count, 6);
        gz_history_destroy(history);
        snprintf(name, sizeof name, "%zu/deck.yaml", i);
        expect(GRAZING("info", name), 0);
    }
}

Test(surroundings, a_full_output_is_an_error) {
    static const char *const WORDS[] = {"--help",
                                        "--version",
                                        "help run",
                                        "run --help",
                                        "run --version",
                                        "info --keys",
                                        "info bkw.yaml",
                                        "run bkw.yaml --dry-run",
                                        "run bkw.yaml --out o"};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        char line[120];
        snprintf(line, sizeof line, "\"$GRAZING\" %s >/dev/full 2>said", WORDS[i]);
        expect(process_shell(line), 5);
        char *said = scratch_read("said", NULL);
        says(said, "grazing: cannot write to the standard output\n");
        free(said);
    }
    cr_assert_eq(access(scratch_path("o/report.txt"), F_OK), 0);
}

/* --- the terminal --------------------------------------------------------------------------------------- */

static void assert_calm(const char *text) {
    for (const char *c = text; *c; c++)
        cr_assert((unsigned char)*c >= ' ' || *c == '\n', "\\x%02x in %s", (unsigned char)*c, text);
    cr_assert_null(strstr(text, "\xc2\x9b"));
}

Test(surroundings, control_characters_become_spaces) {
    char text[] = "a\033[31m\x7f \xc2\x9b"
                  "b \x9b \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xc2\xa0\t\n";
    gz_calm(text);
    cr_assert_str_eq(text, "a [31m    b   \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xc2\xa0  ");
    char buffer[GZ_SHOWN];
    cr_assert_str_eq(gz_excerpt("\033]0;x\a", sizeof buffer, buffer), " ]0;x ");
    gz_calm((char[]){'\xe2', 0}); /* cut within a letter */
}

Test(surroundings, titles_and_paths_do_not_reach_the_terminal) {
    static const char title[] = "title=\"red \\e[31m and \\u009b31m\\a\"";
    static const char *const out = "o\033[31m\xc2\x9b";
    const char *const commands[][12] = {
        {"run", "bkw.yaml", "--dry-run", "--out", out, "--set", title},
        {"run", "bkw.yaml", "--out", out, "--set", title},
        {"run", "bkw.yaml", "--out", out, "--set", title},
        {"run", "bkw.yaml", "--out", out, "--set", title, "--overwrite", "--wall-limit", "1e-9"},
        {"info", "bkw.yaml", "--set", title},
        {"converge", "bkw.yaml", "--vary", "time.dt=0.5,0.25,0.125", "--out", out, "--no-plot", "--set",
         title},
        {"compare", "bkw.yaml", "--methods=jko", "--dt=0.5", "--repeat=1", "--out", out, "--no-plot", "--set",
         title},
        {"converge", "bkw.yaml", "--budget", "--out", out, "--no-plot", "--set", title},
        {"\033[31m"}};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        process_run(commands[i]);
        assert_calm(process_output());
        assert_calm(process_errors());
    }
    cr_assert_eq(access(scratch_path("o\033[31m\xc2\x9b/converge.csv"), F_OK), 0);
    expect(process_shell("cp bkw.yaml \"$(printf 'b\\033[31m.yaml')\""), 0);
    GRAZING("info", "b\033[31m.yaml");
    assert_calm(process_output());
}

/* Off a terminal a day of steps is some hundred lines. */
Test(surroundings, progress_thins_out) {
    int lines = 0;
    for (double now = 0; now < 86400; now += gz_progress_pause(now)) lines++;
    cr_assert(lines > 50 && lines < 300, "%d", lines);
    cr_assert(gz_progress_pause(0) == 2 && gz_progress_pause(30) == 2 && gz_progress_pause(1e9) == 600);
}

/* --- the environment and the name ----------------------------------------------------------------------- */

Test(surroundings, threads_of_the_environment_must_make_sense) {
    expect(process_shell("OMP_NUM_THREADS=100000 \"$GRAZING\" run bkw.yaml --quiet"), 2);
    one_error("OMP_NUM_THREADS is 100000; allowed: a whole number from 1 to 4096", "");
    expect(process_shell("OMP_NUM_THREADS=100000 \"$GRAZING\" run bkw.yaml --quiet --threads 1"), 0);
}

/* To wait briefly the program starts itself anew. */
Test(surroundings, the_process_keeps_its_name) {
    const char *const words[] = {"run", "bkw.yaml", "--quiet", "--set", "time={dt: 1e-4, end: 10}", NULL};
    char path[60], name[40] = "";
    unsetenv("GOMP_SPINCOUNT");
    unsetenv("OMP_WAIT_POLICY");
    const pid_t child = process_start(words);
    for (int i = 0; access(scratch_path("bkw.out/history.csv"), F_OK) != 0; i++) {
        cr_assert_lt(i, 2000);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    snprintf(path, sizeof path, "/proc/%ld/comm", (long)child);
    FILE *file = fopen(path, "r");
    cr_assert(file && fgets(name, sizeof name, file));
    fclose(file);
    kill(child, SIGKILL);
    process_wait(child);
    cr_assert_str_eq(name, "grazing-tested\n");
}
