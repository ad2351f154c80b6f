/* Python: posix_spawn, with the standard error in a pipe, of which only the end is kept. */
#include "python.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { TAIL_SIZE = 1024 };

/* Exits with 0 if all modules are there. It does not import them, which would take a second. */
static const char look_for_modules[] =
    "import importlib.util as u, sys; sys.exit(None in map(u.find_spec, ['numpy', 'h5py', 'matplotlib']))";

/* The end of what a program wrote on its standard error. */
typedef struct tail {
    size_t length;
    char text[TAIL_SIZE];
} tail;

static void read_tail(int descriptor, tail *t) {
    t->length = 0;
    for (;;) {
        if (t->length > TAIL_SIZE / 2) {
            memmove(t->text, t->text + t->length - TAIL_SIZE / 2, TAIL_SIZE / 2);
            t->length = TAIL_SIZE / 2;
        }
        const ssize_t got = read(descriptor, t->text + t->length, TAIL_SIZE - 1 - t->length);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        t->length += (size_t)got;
    }
    while (t->length > 0 && t->text[t->length - 1] == '\n') t->length--;
    t->text[t->length] = 0;
}

static const char *last_line(const tail *t) {
    const char *end = strrchr(t->text, '\n');
    return end ? end + 1 : t->text;
}

/* Run a program found on the PATH and wait for it. Returns its exit status, or -1 if it cannot be run or a
 * signal ends it. */
static int run(char *const *arguments, bool quiet, tail *errors) {
    posix_spawn_file_actions_t actions;
    int ends[2], how = 0;
    pid_t child = 0;
    if (pipe(ends) != 0) return -1;
    bool fine = posix_spawn_file_actions_init(&actions) == 0;
    if (fine) {
        fine = posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO) == 0 &&
               posix_spawn_file_actions_addclose(&actions, ends[0]) == 0 &&
               posix_spawn_file_actions_addclose(&actions, ends[1]) == 0;
        if (quiet)
            fine = fine &&
                   posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) == 0;
        fine = fine && posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ) == 0;
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    if (fine) read_tail(ends[0], errors);
    close(ends[0]);
    if (!fine || waitpid(child, &how, 0) != child || !WIFEXITED(how)) return -1;
    return WEXITSTATUS(how);
}

static bool has_modules(const char *interpreter) {
    tail ignored;
    char *const arguments[] = {(char *)interpreter, "-c", (char *)look_for_modules, NULL};
    return run(arguments, true, &ignored) == 0;
}

static gz_status find_interpreter(gz_context *context, const char **interpreter) {
    static const char install[] =
        "install them (Debian: apt install python3-numpy python3-h5py python3-matplotlib; elsewhere: pip "
        "install numpy h5py matplotlib)";
    static const char *const usual[] = {"python3", "/usr/bin/python3"};
    *interpreter = getenv("GRAZING_PYTHON");
    if (*interpreter && **interpreter) {
        if (has_modules(*interpreter)) return GZ_OK;
        return gz_fail(context, GZ_ERROR_FILES,
                       "pictures need numpy, h5py and matplotlib, which '%s' (GRAZING_PYTHON) does not have; "
                       "%s or unset GRAZING_PYTHON",
                       *interpreter, install);
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        *interpreter = usual[i];
        if (has_modules(*interpreter)) return GZ_OK;
    }
    return gz_fail(context, GZ_ERROR_FILES,
                   "pictures need Python 3 with numpy, h5py and matplotlib, which neither python3 nor "
                   "/usr/bin/python3 has; %s, or set GRAZING_PYTHON to an interpreter that has them",
                   install);
}

gz_status gz_python_run(gz_context *context, const char *script, size_t count, const char *const *words) {
    const char *interpreter = NULL;
    GZ_TRY(find_interpreter(context, &interpreter));
    char **arguments = NULL;
    GZ_TRY(gz_allocate(context, count + 3, sizeof *arguments, &arguments));
    arguments[0] = (char *)interpreter;
    arguments[1] = (char *)script;
    for (size_t i = 0; i < count; i++) arguments[i + 2] = (char *)words[i];
    tail errors = {.length = 0};
    const int exit_status = run(arguments, false, &errors);
    gz_release(arguments);
    if (exit_status == 0) return GZ_OK;
    const gz_status status = exit_status == GZ_ERROR_USAGE || exit_status == GZ_ERROR_FILES
                                 ? (gz_status)exit_status
                                 : GZ_ERROR_INTERNAL;
    if (errors.length > 0) return gz_fail(context, status, "%s", last_line(&errors));
    return gz_fail(context, status, "'%s %s' did not run to its end", interpreter, script);
}
