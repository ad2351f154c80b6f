/* Run size: what a dry run and `info` say about the files is what a run writes, and a disk without room for them is
 * refused before it begins. */
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_WORDS = 24 };

static void open_all(void) {
    scratch_open();
    write_decks();
}

TestSuite(run_size, .init = open_all, .fini = scratch_close);

/* The number of MB or GB that stands behind `mark` in the text, in bytes. */
static double size_behind(const char *text, const char *mark) {
    const char *at = strstr(text, mark);
    char *unit = NULL;
    cr_assert_not_null(at, "there is no '%s' in: %s", mark, text);
    const double value = strtod(at + strlen(mark), &unit);
    return value * (strncmp(unit, " GB", 3) == 0 ? 1e9 : 1e6);
}

/* The bytes of all files in the folder `out`, and of result.h5 alone. */
static double size_of_files(double *result) {
    double sum = 0;
    DIR *list = opendir(scratch_path("out"));
    cr_assert_not_null(list);
    for (const struct dirent *entry; (entry = readdir(list));) {
        char name[300];
        struct stat about;
        snprintf(name, sizeof name, "out/%s", entry->d_name);
        cr_assert_eq(stat(scratch_path(name), &about), 0);
        if (!S_ISREG(about.st_mode)) continue;
        sum += (double)about.st_size;
        if (strcmp(entry->d_name, "result.h5") == 0) *result = (double)about.st_size;
    }
    closedir(list);
    return sum;
}

/* The command with the words of the case, which end with NULL, and one more. */
static int call(const char *command, const char *const *words, const char *last) {
    const char *all[MOST_WORDS] = {command};
    size_t count = 1;
    for (; *words; words++) all[count++] = *words;
    if (strcmp(command, "run") == 0) {
        all[count++] = "--out";
        all[count++] = "out";
    }
    all[count] = last;
    return process_run(all);
}

static void check_sizes(const char *const *words) {
    double result = 0;
    expect(call("run", words, "--dry-run"), 0);
    const double said = size_behind(process_output(), ":\n"),
                 said_result = size_behind(process_output(), "(result.h5 "),
                 needed = size_behind(process_output(), "MB), ");
    expect(call("run", words, "--quiet"), 0);
    const double written = size_of_files(&result);
    cr_assert(fabs(said - written) < 0.1 * written, "%s %s: said %g, written %g", words[0], words[2], said,
              written);
    cr_assert(fabs(said_result - result) < 0.1 * result, "%s %s: said %g, written %g", words[0], words[2],
              said_result, result);
    cr_assert(needed >= written && needed < 2.3 * written, "%s %s: needs %g, written %g", words[0], words[2],
              needed, written);
}

Test(run_size, what_is_said_is_what_is_written) {
    static const char *const CASES[][MOST_WORDS] = {
        {"bkw.yaml", "--set", "output.every=0.1", NULL},
        {"bkw.yaml", "--set", "output.every=0.1", "--set", "output.grazing_rate=true", "--set",
         "grid.v.nodes=11", "--set", "grid.unresolved=allow", NULL},
        {"bkw.yaml", "--set", "output.density=false", "--set", "output.every=0.1", NULL},
        {"bkw.yaml", "--set", "output.density=false", "--set", "output.grazing_rate=true", "--set",
         "grid.v.nodes=11", "--set", "grid.unresolved=allow", NULL},
        {"fuzzy.yaml", "--set", "output.every=0.1", NULL},
        {"fuzzy.yaml", "--set", "output.every=0.1", "--set", "output.grazing_rate=true", "--set",
         "grid.v.nodes=11", "--set", "grid.unresolved=allow", NULL},
        {"fuzzy.yaml", "--set", "output.density=false", NULL},
        {"fuzzy.yaml", "--set", "output.density=false", "--set", "output.grazing_rate=true", "--set",
         "grid.v.nodes=11", "--set", "grid.unresolved=allow", NULL},
        {"bkw.yaml", "--set", "output.every=0.004", "--set", "time.dt=0.004", NULL}, /* trees of chunks */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        check_sizes(CASES[i]);
        expect(process_shell("rm -r out"), 0);
    }
}

/* `info` says the same; a restart counts what is there. */
Test(run_size, info_and_a_restart_say_the_same) {
    static const char *const WORDS[] = {"bkw.yaml", "--set", "output.every=0.1", NULL},
                             *const FIRST[] = {"bkw.yaml",         "--set", "time.end=0.2", "--set",
                                               "output.every=0.1", NULL};
    double result;
    expect(call("run", WORDS, "--dry-run"), 0);
    const double all = size_behind(process_output(), ":\n");
    expect(call("info", WORDS, NULL), 0);
    cr_assert(fabs(size_behind(process_output(), "\nfiles                   ") - all) < 0.01 * all);
    expect(call("run", FIRST, "--quiet"), 0);
    const double before = size_of_files(&result);
    static const char *const AGAIN[] = {"bkw.yaml", "--restart", "--set", "output.every=0.1", NULL};
    expect(call("run", AGAIN, "--dry-run"), 0);
    const double said = size_behind(process_output(), ":\n"), needed = size_behind(process_output(), "MB), ");
    cr_assert_eq(size_of_files(&result), before);
    cr_assert(fabs(said - all) < 0.05 * all, "%g in a restart, %g at once", said, all);
    cr_assert(needed < all, "%g more for a restart of %g", needed, all);
}

/* 45 MB a state of U, and a million of states, are more than any disk of a test machine has. */
Test(run_size, a_disk_without_room_is_refused_before_the_run) {
    static const char *const HUGE_RUN[] =
        {"bkw.yaml",         "--set", "grid.v.nodes=41",  "--set", "output.grazing_rate=true", "--set",
         "output.every=0.1", "--set", "time.end=1000000", NULL},
                             *const CONTROLLED[] = {"bkw.yaml",
                                                    "--wall-limit",
                                                    "0.001",
                                                    "--set",
                                                    "output.every=1e-9",
                                                    "--set",
                                                    "time.end=1000000",
                                                    "--set",
                                                    "time.dt_control.tolerance=1e-3",
                                                    NULL};
    expect(call("run", HUGE_RUN, NULL), 5);
    one_error("the files of this run would take ", " TB more, and ");
    one_error("B are free where 'out' is; take a larger output.every, output.density: false or "
              "output.grazing_rate: false, or another disk with --out",
              "grazing: ");
    cr_assert_neq(access(scratch_path("out"), F_OK), 0, "a run that was refused made its folder");
    expect(call("run", HUGE_RUN, "--dry-run"), 5);
    says(process_errors(), "would take ");
    says(process_output(), " TB in all (result.h5 ");
    /* A run that may end with less is warned of, and begins. */
    expect(call("run", CONTROLLED, "--dry-run"), 0);
    says(process_errors(), "warning: the files of this run would take up to ");
}
