/* Plans: FFTW calls abort for texts that it has not written itself, so none reaches it; and a cache of plans that is
 * damaged, old or somebody else's is replaced.
 */
#include "checksum.h"
#include "plans.h"
#include "plans_check.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <fftw3.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static gz_context *context;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
    setenv("XDG_CACHE_HOME", scratch_path("cache"), 1);
}

static void close_all(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(plans, .init = open_all, .fini = close_all);

/* Make plans of several kinds, and destroy them. With FFTW_WISDOM_ONLY nothing is measured: what the wisdom lacks, or
 * what cannot be, gives no plan. */
static void plan(unsigned effort) {
    double *a = fftw_alloc_real(4000);
    fftw_complex *b = fftw_alloc_complex(4000);
    const int square[] = {18, 18}, line[] = {17};
    fftw_destroy_plan(fftw_plan_many_dft_r2c(2, square, 3, a, NULL, 1, 324, b, NULL, 1, 180, effort));
    fftw_destroy_plan(fftw_plan_many_dft(1, line, 5, b, NULL, 5, 1, b, NULL, 5, 1, FFTW_FORWARD, effort));
    fftw_destroy_plan(fftw_plan_r2r_1d(31, a, a, FFTW_REDFT00, effort));
    fftw_free(a);
    fftw_free(b);
}

static char *planned(void) {
    char *text = NULL;
    plan(FFTW_MEASURE);
    cr_assert_eq(gz_plans_text(context, &text), GZ_OK);
    return text;
}

/* A copy of a text with `old` in the line after the first replaced by `fresh`. */
static char *with(const char *text, const char *old, const char *fresh) {
    const size_t size = strlen(text) + strlen(fresh) + 1;
    char *copy = malloc(size);
    const char *line = strchr(text, '\n'), *at = strstr(line, old);
    cr_assert_not_null(at, "%s", old);
    snprintf(copy, size, "%.*s%s%s", (int)(at - text), text, fresh, at + strlen(old));
    return copy;
}

/* Several of these end in abort inside FFTW 3.3.10, the others are refused by it. */
Test(plans, what_fftw_would_not_survive_does_not_reach_it) {
    static const char *const CHANGES[][2] = {{" #x1", " #x-1"},     {" #x1", " #xfffff1"},
                                             {" #x0 ", " #x1000 "}, {" #x1", " #x7fffffff1"},
                                             {"(", "(("},           {" #x0 ", " #x1 "}};
    char *text = planned();
    cr_assert(gz_plans_learn(text));
    cr_assert(gz_plans_check(text, text));
    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
        char *changed = with(text, CHANGES[i][0], CHANGES[i][1]);
        cr_assert_not(gz_plans_learn(changed), "%s", changed);
        free(changed);
    }
    char *longer = with(
        text, "", "  (fftw_dft_nop_register 0 #x1 #x0 #x0 #x00000000 #x00000000 #x00000000 #x00000000)\n");
    cr_assert_not(gz_plans_learn(longer)); /* a restriction that is demanded, but not there */
    for (size_t length = 0; length < strlen(text); length++) {
        char *cut = strdup(text);
        cut[length] = 0;
        cr_assert_not(gz_plans_learn(cut), "%zu", length);
        free(cut);
    }
    free(longer);
    gz_release(text);
}

/* Change up to three characters, most of them within the syntax. */
static void mutate(char *text, size_t size, size_t seed) {
    static const char SIGNS[] = "0123456789abcdef0123456789abcdef #x()\n-_gZ";
    const size_t changes = 1 + (size_t)(3 * sample_uniform(seed, 0));
    for (size_t k = 0; k < changes; k++)
        text[(size_t)((double)size * sample_uniform(seed, 2 * k + 1))] =
            SIGNS[(size_t)((double)(sizeof SIGNS - 1) * sample_uniform(seed, 2 * k + 2))];
}

/* Plan in a process of its own, which ends well: FFTW loses memory where a part of a plan is in the wisdom and another is
 * not. */
static void plan_apart(unsigned effort) {
    const pid_t child = fork();
    int status = 0;
    if (child == 0) {
        plan(effort);
        _exit(0);
    }
    cr_assert(child > 0 && waitpid(child, &status, 0) == child && status == 0, "%d", status);
}

/* GRAZING_MUTANTS times, or a thousand. */
Test(plans, mutants_are_refused_or_harmless) {
    const char *wish = getenv("GRAZING_MUTANTS");
    const size_t wanted = wish ? strtoul(wish, NULL, 10) : 1000;
    char *text = planned();
    const size_t size = strlen(text);
    char *mutant = malloc(size + 1);
    size_t learned = 0;
    for (size_t seed = 1; seed <= wanted; seed++) {
        memcpy(mutant, text, size + 1);
        mutate(mutant, size, seed);
        gz_plans_forget();
        if (!gz_plans_learn(mutant)) continue;
        learned++;
        plan_apart(learned % 50 == 0 ? FFTW_MEASURE : FFTW_MEASURE | FFTW_WISDOM_ONLY);
    }
    cr_assert_gt(learned, wanted / 50);
    cr_log_info("%zu of %zu mutants were learned", learned, wanted);
    free(mutant);
    gz_release(text);
}

static void cache_write(const char *header, const char *text) {
    const size_t size = strlen(header) + strlen(text) + 1;
    char *both = malloc(size);
    snprintf(both, size, "%s%s", header, text);
    scratch_write("cache/grazing/plans", both, size - 1);
    free(both);
}

/* Run a command with a cache; afterwards the cache is sound. */
static void check_cache(const char *header, const char *text) {
    cache_write(header, text);
    expect(process_wait(process_start((const char *const[]){"run", "bkw.yaml", "--quiet", "--out", "out",
                                                            "--overwrite", "--wall-limit", "1e-9", NULL})),
           0);
    cr_assert_str_eq(process_errors(), "");
    size_t size = 0;
    char *now = scratch_read("cache/grazing/plans", &size);
    const size_t head = strcspn(now, "\n") + 1;
    char want[120];
    snprintf(want, sizeof want, "grazing plans, %zu bytes follow, checksum %016" PRIx64 "\n", size - head,
             gz_checksum_add(0, now + head, size - head));
    cr_assert_eq(strncmp(now, want, head), 0, "%.80s", now);
    cr_assert(gz_plans_check(now + head, now + head), "%s", now);
    free(now);
}

Test(plans, a_cache_that_is_not_sound_is_replaced) {
    write_decks();
    mkdir(scratch_path("cache"), 0700);
    mkdir(scratch_path("cache/grazing"), 0700);
    char *text = planned(), *bad = with(text, " #x1", " #xfffff1"), header[120];
    gz_plans_forget();
    check_cache("", "");
    check_cache("", text); /* of a version that wrote no checksum */
    check_cache("", bad);
    check_cache("grazing plans, 3 bytes follow, checksum 0000000000000000\n", bad);
    /* The checksum is right, the text is not. */
    snprintf(header, sizeof header, "grazing plans, %zu bytes follow, checksum %016" PRIx64 "\n", strlen(bad),
             gz_checksum_add(0, bad, strlen(bad)));
    check_cache(header, bad);
    free(bad);
    gz_release(text);
}
