/* Command distance: the Landau distance between two stored densities (landau_path.h).
 *
 * The deck gives the kernels and the grid; its initial state, time and scheme play no part. The distance is
 * computed with 1, 2, 4, .. inner steps up to --steps, which shows how it converges.
 */
#include "deck.h"
#include "functionals.h"
#include "landau_path.h"
#include "program.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SAME =
    1e-6; /* relative violation of the invariants that is projected out without --project */

typedef struct pair_of_states {
    gz_context *context;
    gz_deck *deck;
    gz_phase_grid *grid;
    gz_mobility *mobility;
    gz_state state[2];
} pair_of_states;

static void close_pair(pair_of_states *p) {
    gz_state_free(&p->state[0]);
    gz_state_free(&p->state[1]);
    gz_mobility_destroy(p->mobility);
    gz_phase_grid_destroy(p->grid);
    gz_deck_destroy(p->deck);
}

/* Read a density (dataset NULL: the default), or the last one of a curve. The texts of the component are not kept. */
static gz_status read_state(pair_of_states *p, const char *path, const char *dataset, gz_state *state) {
    char path_copy[1024], dataset_copy[256];
    if ((size_t)snprintf(path_copy, sizeof path_copy, "%s", path) >= sizeof path_copy ||
        (size_t)snprintf(dataset_copy, sizeof dataset_copy, "%s", dataset ? dataset : "") >=
            sizeof dataset_copy)
        return gz_fail(p->context, GZ_ERROR_USAGE, "a name is too long");
    const gz_component file = {
        .shape = GZ_FROM_FILE, .path = path_copy, .dataset = dataset ? dataset_copy : NULL};
    GZ_TRY(gz_initial_state(p->context, p->grid, &p->deck->problem.kernel, 1, &file, state));
    for (size_t i = 0; i < p->grid->size; i++)
        if (!(state->f[i] > 0) || !isfinite(state->log_f[i]))
            return gz_fail(
                p->context, GZ_ERROR_FILES,
                "%s: f = %g in cell %zu at node %zu; a distance needs densities that are positive everywhere",
                path, state->f[i], i / p->grid->node_count, i % p->grid->node_count);
    return GZ_OK;
}

static gz_status open_pair(pair_of_states *p, const gz_options *options) {
    const char *dataset = gz_options_value(options, "dataset");
    const gz_problem *problem = &p->deck->problem;
    if (problem->collisions.kind != GZ_LANDAU)
        return gz_fail(p->context, GZ_ERROR_SETTINGS,
                       "the Landau distance is that of model.collisions landau; the deck has %s",
                       gz_collision_name(problem->collisions.kind));
    const gz_mobility_settings mobility = gz_problem_mobility(problem, p->deck->integrator.mobility);
    GZ_TRY(gz_phase_grid_create(p->context, &problem->grid, &p->grid));
    for (int k = 0; k < 2; k++) {
        GZ_TRY(gz_state_init(p->context, p->grid, &p->state[k]));
        GZ_TRY(read_state(p, options->arguments[k], dataset, &p->state[k]));
    }
    return gz_mobility_create(p->context, p->grid, &mobility, &p->mobility);
}

/* Find the distance with `steps` inner steps, and the report of its minimisation. */
static gz_status measure(pair_of_states *p, size_t steps, double *distance, gz_path_report *report) {
    const gz_path_settings settings = {.steps = steps, .preconditioner = p->deck->integrator.preconditioner};
    gz_landau_path *path = NULL;
    GZ_TRY(gz_landau_path_create(p->context, p->mobility, &settings, &path));
    const gz_status status = gz_landau_path_distance(path, p->state[0].log_f, p->state[1].log_f, report);
    gz_landau_path_destroy(path);
    *distance = sqrt(fmax(report->action, 0));
    if (report->evaluations == 0)
        return gz_advise(p->context, status, "take densities that differ less in mass, momentum and energy");
    return steps > 1 ? gz_advise(p->context, status, "take fewer --steps") : status;
}

static gz_status check_invariants(pair_of_states *p, const gz_path_report *report, bool project) {
    if (report->violation <= SAME || project) return GZ_OK;
    gz_moments a, b;
    gz_moments_of(p->grid, p->state[0].f, &a);
    gz_moments_of(p->grid, p->state[1].f, &b);
    return gz_fail(
        p->context, GZ_ERROR_FILES,
        "the distance is infinite: collisions keep the mass of every cell, momentum and energy, but these "
        "densities differ in them by %.1e (mass %.10g and %.10g, energy %.10g and %.10g); --project changes "
        "the second to those of the first",
        report->violation, a.mass, b.mass, a.energy, b.energy);
}

static gz_status tabulate(pair_of_states *p, const gz_options *options, size_t most) {
    const bool quiet = gz_options_has(options, "quiet"), project = gz_options_has(options, "project");
    double distance = 0;
    for (size_t steps = 1;; steps = 2 * steps < most ? 2 * steps : most) {
        gz_path_report report;
        GZ_TRY(measure(p, steps, &distance, &report));
        GZ_TRY(check_invariants(p, &report, project));
        if (steps == 1 && !quiet) {
            const gz_state *s = p->state;
            printf("H %.10g and %.10g; relative L2 difference %.3g\n",
                   gz_entropy(p->grid, s[0].f, s[0].log_f), gz_entropy(p->grid, s[1].f, s[1].log_f),
                   gz_relative_l2(p->grid, s[1].f, s[0].f));
            printf("mass of cells, momentum and energy differ by %.1e%s\n", report.violation,
                   report.violation > 1e-13 ? ", projected out" : "");
            printf("%11s %16s %16s %12s %12s\n", "inner steps", "d", "d^2", "evaluations", "applications");
        }
        if (!quiet)
            printf("%11zu %16.10g %16.10g %12ld %12ld\n", steps, distance, report.action, report.evaluations,
                   report.applications);
        if (steps == most) break;
    }
    if (quiet) printf("%.17g\n", distance);
    return GZ_OK;
}

static gz_status run_distance(gz_context *context, const gz_options *options) {
    pair_of_states p = {.context = context};
    gz_status status;
    long steps;
    GZ_TRY(gz_options_number(context, options, "steps", 1, 1000, 4, &steps));
    GZ_TRY(gz_deck_load(context, options->arguments[2], options->setting_count, options->settings, &p.deck));
    GZ_TRY_ELSE(status, open_pair(&p, options), done);
    status = tabulate(&p, options, (size_t)steps);
done:
    close_pair(&p);
    return status;
}

static const gz_option OPTIONS[] = {
    {"steps", "M", "inner steps of the path, 1 to 1000; default 4. 1, 2, 4, .. up to M are shown"},
    {"dataset", "NAME", "of the densities in the files; default f or f_last, [x..,v..] or [time,x..,v..]"},
    {"project", NULL, "give the second density the invariants of the first, however much they differ"},
    {.name = NULL},
};

const gz_command gz_command_distance = {
    .name = "distance",
    .summary = "the Landau distance between two densities with the same invariants",
    .arguments = "F0.h5 F1.h5 DECK",
    .least = 3,
    .most = 3,
    .options = OPTIONS,
    .run = run_distance,
    .help =
        "    d(f0, f1)^2 = min int_0^1 Act_f(U) dt   over paths with  d_t f + 1/2 div~ U = 0 from f0 to f1\n"
        "\n"
        "is the metric in which the collisional equation is the gradient flow of the entropy H. F0.h5 and "
        "F1.h5 are "
        "results\n"
        "(their last state counts) or files with a dataset f[x..,v..] > 0; DECK gives kernels and grid. The "
        "path is "
        "cut into M\n"
        "inner steps, along which the mobility follows; the distance converges with M^-2. What is found is a "
        "local "
        "minimum,\n"
        "reached downhill from the straight path. With --quiet only the distance is printed.",
};
