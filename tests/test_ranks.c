/* Several ranks against one: a process by itself computes all cases and writes what it finds into a file;
 * then ranks that share the cells compute the same, and each compares its slab. This is no test of Criterion,
 * which gives each test a process of its own.
 *
 *   test_ranks write FILE          what a process without ranks finds
 *   mpirun -n 3 test_ranks FILE    exit status 0, or 1 with a line for each case that differs
 *
 * Everything must agree to round-off (share_cases.h). */
#include "compensated_sum.h"
#include "first_rank.h"
#include "same_start.h"
#include "share_cases.h"

#include <math.h>
#include <string.h>

/* What works on one rank only says so on all ranks. */
static void check_refusals(checker *c) {
    if (gz_ranks_count(c->ranks) == 1) return;
    static const char *const MINIMIZERS[] = {"lbfgs", "tnewton", "dense", "full_space"};
    const gz_phase_grid_settings five = {
        .space_dim = 1, .velocity_dim = 2, .cells = {5}, .length = {1}, .nodes = 17, .half_width = 5};
    const gz_problem problem = share_problem(&five);
    gz_phase_grid *grid = NULL;
    checker_need(c, gz_phase_grid_create(c->context, &problem.grid, &grid));
    for (int i = 0; i < 4; i++) {
        gz_integrator *integrator = NULL;
        const gz_integrator_settings how = {.minimizer = MINIMIZERS[i]};
        checker_name(c, "minimizer %s on several ranks", MINIMIZERS[i]);
        const gz_status status = gz_integrator_create(c->context, grid, &problem, &how, &integrator);
        checker_compare(
            c, "the status",
            status == GZ_ERROR_USAGE && strstr(gz_context_message(c->context), "one rank only") ? 0 : 1, 0);
    }
    gz_phase_grid_destroy(grid);
    gz_phase_grid_settings few = problem.grid;
    few.cells[0] = (size_t)gz_ranks_count(c->ranks) - 1;
    checker_name(c, "fewer cells than ranks");
    checker_compare(c, "the status",
                    gz_phase_grid_create(c->context, &few, &grid) == GZ_ERROR_SETTINGS ? 0 : 1, 0);
}

/* All ranks learn of the failure of one, with its message. */
static void check_agreement(checker *c) {
    const int last = gz_ranks_count(c->ranks) - 1;
    const bool mine = gz_ranks_own(c->ranks) == last;
    checker_name(c, "a failure of the last rank");
    const gz_status status = mine ? gz_fail(c->context, GZ_ERROR_FILES, "no disk at rank %d", last) : GZ_OK;
    char want[40];
    snprintf(want, sizeof want, "no disk at rank %d", last);
    checker_compare(c, "the status", gz_agree(c->context, status) == GZ_ERROR_FILES ? 0 : 1, 0);
    checker_compare(c, "the message", strcmp(gz_context_message(c->context), want) == 0 ? 0 : 1, 0);
    checker_compare(c, "agreement on success", gz_agree(c->context, GZ_OK) == GZ_OK ? 0 : 1, 0);
    checker_compare(c, "the first rank's",
                    GZ_ONCE(c->context, GZ_ERROR_SETTINGS) == GZ_ERROR_SETTINGS ? 0 : 1, 0);
}

/* What the first rank has, all ranks get; what differs on one of them all ranks learn. */
static void check_sharing(checker *c) {
    const int count = gz_ranks_count(c->ranks), own = gz_ranks_own(c->ranks);
    char *text = NULL;
    gz_words words;
    const char *const given[] = {"run", own == 0 ? "" : "--quiet", own == 0 ? "deck.yaml" : "other.yaml"};
    checker_name(c, "what the first rank has read");
    checker_need(c, gz_allocate(c->context, 4, 1, &text));
    if (own > 0) {
        gz_release(text);
        text = NULL;
    } else {
        memcpy(text, "abc", 4);
    }
    checker_need(c, gz_first_rank_hands_out(c->context, own == 0 ? GZ_OK : GZ_ERROR_FILES, &text, NULL));
    checker_compare(c, "the text", strcmp(text, "abc") == 0 ? 0 : 1, 0);
    gz_release(text);
    checker_need(c, gz_same_words(c->context, own == 0 ? 3 : 2, given, &words));
    checker_compare(
        c, "the words",
        words.count == 3 && !words.words[1][0] && strcmp(words.words[2], "deck.yaml") == 0 ? 0 : 1, 0);
    gz_words_free(&words);
    const gz_status same =
        gz_first_rank_compare(c->context, GZ_OK, own == count - 1 ? 7 : 1, "file", "mend it");
    checker_compare(c, "the check", same == (count > 1 ? GZ_ERROR_FILES : GZ_OK) ? 0 : 1, 0);
    const gz_status version = gz_same_version(c->context, own == count - 1 ? "0.2" : "0.1", "unknown");
    checker_compare(c, "the version", version == (count > 1 ? GZ_ERROR_USAGE : GZ_OK) ? 0 : 1, 0);
}

/* Sums stay compensated across ranks: 1e16 on one rank, -1e16 on another, and ones. */
static void check_sums(checker *c) {
    const int count = gz_ranks_count(c->ranks), own = gz_ranks_own(c->ranks);
    gz_sum sum = {0};
    gz_sum_add(&sum, own == 0 ? 1e16 : 0);
    gz_sum_add(&sum, 1);
    gz_sum_add(&sum, own == count - 1 ? -1e16 : 0);
    gz_ranks_add_sums(c->ranks, 1, &sum);
    checker_name(c, "compensated sums");
    checker_compare(c, "the sum", fabs(gz_sum_value(sum) - count), 0);
}

int main(int argc, char **argv) {
    const bool writes = argc == 3 && strcmp(argv[1], "write") == 0;
    if (argc != 2 && !writes) return 2;
    checker c = {.ranks = writes ? NULL : gz_ranks_start(), .writes = writes, .name = "test_ranks"};
    if (gz_context_create(1, &c.context) != GZ_OK) return 1;
    gz_context_set_ranks(c.context, c.ranks);
    c.reference = fopen(argv[argc - 1], writes ? "wb" : "rb");
    if (!c.reference) checker_stop(&c, "the reference cannot be opened");
    check_sums(&c);
    check_agreement(&c);
    check_sharing(&c);
    check_refusals(&c);
    share_check_all(&c);
    char who[40];
    snprintf(who, sizeof who, "%d rank%s", gz_ranks_count(c.ranks), gz_ranks_count(c.ranks) > 1 ? "s" : "");
    checker_finish(&c, who);
    if (fclose(c.reference) != 0) checker_stop(&c, "the reference cannot be closed");
    gz_context_destroy(c.context);
    gz_ranks_stop(c.ranks);
    return c.failures > 0;
}
