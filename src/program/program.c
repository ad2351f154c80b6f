/* Program: chooses a command, prints help, and turns a status into an exit status. */
#include "program.h"

#include "excerpt.h"
#include "hdf5_exit.h"
#include "same_start.h"
#include "suggest.h"
#include "version.h"
#include "wisdom_cache.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 4096 };

static const double PATIENCE = 20; /* seconds that a failed rank waits for the others to fail too */

static void print_overview(FILE *out, const gz_command *const *commands) {
    fputs("grazing integrates the fuzzy Landau equation by a variational time step and certifies every "
          "step.\n\n"
          "usage: grazing COMMAND ... [OPTION]...\n\n",
          out);
    for (const gz_command *const *c = commands; *c; c++)
        fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fputs("\n`grazing COMMAND --help` teaches a command; `grazing --version` says what this build is.\n"
          "Exit status: 0 fine, 2 usage, 3 deck, 4 solver did not converge (last good state is saved), 5 "
          "files,\n"
          "6 out of memory, 130 interrupted (state is saved), 1 anything else.\n",
          out);
}

static void print_options(FILE *out, const gz_option *table) {
    for (; table && table->name; table++) {
        char usage[40];
        snprintf(usage, sizeof usage, "--%s%s%s", table->name, table->value ? " " : "",
                 table->value ? table->value : "");
        fprintf(out, "  %-18s %s\n", usage, table->help);
    }
}

static void print_help(const gz_command *command) {
    printf("usage: grazing %s %s [OPTION]...\n\n%s: %s\n\n%s\n\noptions:\n", command->name,
           command->arguments, command->name, command->summary, command->help);
    print_options(stdout, command->options);
    print_options(stdout, gz_common_options);
}

static void print_version(void) {
    printf("grazing %s\ncommit %s, %s\n", GZ_VERSION, GZ_COMMIT, GZ_COMPILER);
}

static const gz_command *find(const gz_command *const *commands, const char *name) {
    for (; *commands; commands++)
        if (strcmp((*commands)->name, name) == 0) return *commands;
    return NULL;
}

static int refuse_command(const gz_command *const *commands, const char *name) {
    gz_suggestion near = gz_suggestion_for(name);
    for (const gz_command *const *c = commands; *c; c++) gz_suggestion_consider(&near, (*c)->name);
    char shown[GZ_SHOWN];
    fprintf(stderr, "grazing: %s %s; ", name[0] == '-' ? "a command comes first, not" : "unknown command",
            gz_excerpt(name, sizeof shown, shown));
    if (near.word)
        fprintf(stderr, "did you mean %s? (`grazing --help` lists all)\n", near.word);
    else
        fprintf(stderr, "`grazing --help` lists all\n");
    return GZ_ERROR_USAGE;
}

static gz_status check_arguments(gz_context *context, const gz_command *command, const gz_options *options) {
    if (options->argument_count >= command->least && options->argument_count <= command->most) return GZ_OK;
    char shown[GZ_SHOWN];
    if (options->argument_count > command->most)
        return gz_fail(context, GZ_ERROR_USAGE, "what is `%s` for? usage: grazing %s %s (grazing %s --help)",
                       gz_excerpt(options->arguments[command->most], sizeof shown, shown), command->name,
                       command->arguments, command->name);
    return gz_fail(context, GZ_ERROR_USAGE, "something is missing; usage: grazing %s %s (grazing %s --help)",
                   command->name, command->arguments, command->name);
}

/* The first rank's OMP_NUM_THREADS for all ranks, else all processors, shared among the ranks on the same machine: as
 * many for each rank as the most crowded machine has. Collective. */
static int default_threads(const gz_ranks *ranks) {
    int most = omp_get_max_threads();
    bool given = getenv("OMP_NUM_THREADS") != NULL;
    double each = floor((double)most / gz_ranks_on_this_machine(ranks));
    gz_ranks_least(ranks, 1, &each);
    gz_ranks_broadcast(ranks, 0, sizeof given, &given);
    gz_ranks_broadcast(ranks, 0, sizeof most, &most);
    if (given) return most;
    return each > 1 ? (int)each : 1;
}

/* The first rank's environment must make as much sense as --threads, which goes before it. */
static gz_status check_environment(gz_context *context, const gz_options *options) {
    char shown[GZ_SHOWN];
    const char *text = getenv("OMP_NUM_THREADS");
    if (!text || gz_options_has(options, "threads") || omp_get_max_threads() <= MOST_THREADS) return GZ_OK;
    return gz_fail(context, GZ_ERROR_USAGE, "OMP_NUM_THREADS is %s; allowed: a whole number from 1 to %d",
                   gz_excerpt(text, sizeof shown, shown), MOST_THREADS);
}

static gz_status run_with_threads(gz_context *outer, const gz_command *command, const gz_options *options) {
    const gz_ranks *ranks = gz_context_ranks(outer);
    long threads = 0;
    GZ_TRY(GZ_ONCE(outer, check_environment(outer, options)));
    GZ_TRY(gz_options_number(outer, options, "threads", 1, MOST_THREADS, default_threads(ranks), &threads));
    if (!command->shared) {
        char what[64];
        snprintf(what, sizeof what, "grazing %s", command->name);
        GZ_TRY(gz_check_one_rank(outer, what, "start it without mpirun"));
    }
    gz_context *context = NULL;
    gz_status status = gz_context_create((int)threads, &context);
    if (status != GZ_OK) return gz_fail(outer, status, "out of memory");
    gz_context_set_ranks(context, ranks);
    gz_wisdom_cache_learn(context);
    status = command->run(context, options);
    if (status != GZ_OK) gz_fail(outer, status, "%s", gz_context_message(context));
    gz_wisdom_cache_keep(context);
    gz_context_destroy(context);
    return status;
}

/* Agree on the status of all ranks, and print its message once. A rank that has failed alone, while the
 * others wait for it to go on, ends them all. */
static gz_status end_together(gz_context *context, gz_status status) {
    const gz_ranks *ranks = gz_context_ranks(context);
    if (!gz_ranks_meet(ranks, status == GZ_OK ? INFINITY : PATIENCE)) {
        fprintf(stderr, "grazing: rank %d: %s\n", gz_ranks_own(ranks), gz_context_message(context));
        gz_ranks_abort(ranks, (int)status);
    }
    status = gz_agree(context, status);
    if (status != GZ_OK && gz_ranks_own(ranks) == 0)
        fprintf(stderr, "grazing: %s\n", gz_context_message(context));
    return status;
}

static int run_command(gz_context *context, const gz_command *command, int count, const char *const *words) {
    gz_options *options = NULL;
    gz_status status = gz_options_parse(context, command->name, command->options, count, words, &options);
    if (status == GZ_OK && gz_options_has(options, "help")) {
        print_help(command);
    } else if (status == GZ_OK && gz_options_has(options, "version")) {
        print_version();
    } else {
        if (status == GZ_OK) status = check_arguments(context, command, options);
        if (status == GZ_OK) status = run_with_threads(context, command, options);
    }
    status = end_together(context, status);
    gz_options_free(options);
    return (int)status;
}

static int choose(gz_context *context, const gz_command *const *commands, int argc, const char *const *argv) {
    const gz_ranks *ranks = gz_context_ranks(context);
    if (argc < 2) {
        if (gz_ranks_own(ranks) == 0) print_overview(stderr, commands);
        return GZ_ERROR_USAGE;
    }
    const char *word = argv[1];
    const bool help = strcmp(word, "--help") == 0 || strcmp(word, "help") == 0;
    if (strcmp(word, "--version") == 0) {
        print_version();
        return GZ_OK;
    }
    if (help && argc == 2) {
        print_overview(stdout, commands);
        return GZ_OK;
    }
    const gz_command *command = find(commands, help ? argv[2] : word);
    if (!command && gz_ranks_own(ranks) > 0) return GZ_ERROR_USAGE;
    if (!command) return refuse_command(commands, help ? argv[2] : word);
    if (help) {
        print_help(command);
        return GZ_OK;
    }
    return run_command(context, command, argc - 2, argv + 2);
}

static int start(const gz_command *const *commands, const gz_ranks *ranks, int argc,
                 const char *const *argv) {
    gz_context *context = NULL;
    gz_words words = {0};
    if (gz_context_create(1, &context) != GZ_OK) {
        fputs("grazing: out of memory\n", stderr);
        gz_ranks_abort(ranks, GZ_ERROR_MEMORY);
        return GZ_ERROR_MEMORY;
    }
    gz_context_set_ranks(context, ranks);
    int status = (int)gz_same_version(context, GZ_VERSION, GZ_COMMIT);
    if (status == GZ_OK) status = (int)gz_same_words(context, (size_t)argc, argv, &words);
    if (status == GZ_OK)
        status = choose(context, commands, (int)words.count, words.words);
    else if (gz_ranks_own(ranks) == 0)
        fprintf(stderr, "grazing: %s\n", gz_context_message(context));
    gz_words_free(&words);
    gz_context_destroy(context);
    return status;
}

int gz_program(const gz_command *const *commands, const gz_ranks *ranks, int argc, const char *const *argv) {
    gz_hdf5_skip_exit();
    if (gz_ranks_own(ranks) > 0 && !freopen("/dev/null", "w", stdout)) gz_ranks_abort(ranks, GZ_ERROR_FILES);
    const int status = start(commands, ranks, argc, argv);
    const bool written = fflush(stdout) == 0 && !ferror(stdout); /* an earlier flush may have failed too */
    if (written || status != GZ_OK) return status;
    fputs("grazing: cannot write to the standard output\n", stderr);
    return GZ_ERROR_FILES;
}
