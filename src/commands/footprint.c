/* Footprint: makes the integrator on two short rows of cells and extrapolates the bytes it allocates. */
#include "footprint.h"

#include "space_transform.h"

#include <string.h>

enum {
    MORE_FIELDS = 3,  /* fields of a simulation beside state and integrator */
    COLUMN_FIELDS = 2 /* fields of a rank's columns (columns.h) */
};

/* Measure the bytes that state and integrator take on `cells` cells in a row. */
static gz_status measure(gz_context *scratch, const gz_deck *deck, size_t cells, double *bytes) {
    gz_problem problem = deck->problem;
    gz_phase_grid *grid = NULL;
    gz_integrator *integrator = NULL;
    gz_state state = {0};
    gz_status status;
    problem.grid.space_dim = 1;
    problem.grid.cells[0] = cells;
    const double before = (double)gz_context_allocated_bytes(scratch);
    GZ_TRY_ELSE(status, gz_phase_grid_create(scratch, &problem.grid, &grid), done);
    GZ_TRY_ELSE(status, gz_state_init(scratch, grid, &state), done);
    GZ_TRY_ELSE(status, gz_integrator_create(scratch, grid, &problem, &deck->integrator, &integrator), done);
    *bytes = (double)gz_context_allocated_bytes(scratch) - before;
done:
    gz_integrator_destroy(integrator);
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
    return status;
}

static double power(double x, int n) {
    return n > 0 ? x * power(x, n - 1) : 1;
}

/* Both kappa and the free streaming may need transforms along x. */
static bool kappa_transforms(const gz_problem *problem) {
    return problem->kappa.shape != GZ_KAPPA_UNIFORM && problem->kappa.shape != GZ_KAPPA_DIRAC;
}

static bool streams(const gz_problem *problem) {
    return !problem->collisions_only && problem->grid.space_dim > 0;
}

/* The bytes of one thread's blocks for all x transforms, real and complex. */
static double block_bytes(const gz_problem *problem) {
    double total = 1;
    const bool box = problem->grid.boundary == GZ_BOX;
    for (int a = 0; a < problem->grid.space_dim; a++) total *= (double)problem->grid.cells[a] * (box ? 2 : 1);
    return (kappa_transforms(problem) + streams(problem)) * 2 * total * GZ_SPACE_BLOCK * sizeof(double);
}

static void count_messages(const gz_deck *deck, gz_footprint *footprint) {
    const gz_problem *problem = &deck->problem;
    const int d = problem->grid.velocity_dim;
    const double others = footprint->ranks - 1, cell = power((double)problem->grid.nodes, d);
    const gz_traffic exchange = {others, footprint->nodes * sizeof(double) * others / footprint->ranks};
    const bool moments = deck->integrator.mobility && strcmp(deck->integrator.mobility, "moments") == 0;
    gz_traffic convolution = {0, 0};
    if (footprint->ranks > 1 && problem->kappa.shape == GZ_KAPPA_UNIFORM)
        convolution =
            (gz_traffic){2, 2 * cell * sizeof(double)}; /* to the first rank and from there, in trees */
    else if (kappa_transforms(problem))
        convolution = (gz_traffic){2 * exchange.messages, 2 * exchange.bytes};
    const double of_moments = d * (d + 3) / cell; /* moments of d fields, in one convolution */
    footprint->setup = convolution;
    footprint->application = (gz_traffic){d * convolution.messages, d * convolution.bytes};
    if (moments) {
        footprint->setup.bytes *= (1 + d + gz_pair_count(d)) / cell;
        footprint->application = (gz_traffic){convolution.messages, convolution.bytes * of_moments};
    }
    if (streams(problem)) footprint->streaming = (gz_traffic){4 * exchange.messages, 4 * exchange.bytes};
}

gz_status gz_footprint_estimate(gz_context *context, const gz_deck *deck, int ranks,
                                gz_footprint *footprint) {
    const gz_phase_grid_settings *grid = &deck->problem.grid;
    const size_t threads = (size_t)gz_context_threads(context), few = threads < 2 ? 2 : threads;
    const size_t planes = grid->space_dim > 0 ? grid->cells[0] : 1;
    double small = 0, large = 0, plane = power((double)grid->nodes, grid->velocity_dim);
    if (planes < (size_t)ranks)
        return gz_fail(
            context, GZ_ERROR_SETTINGS,
            "%d ranks share the cells along the first x axis, which has %zu; use %zu rank%s at most", ranks,
            planes, planes, planes == 1 ? "" : "s");
    gz_context *scratch = NULL;
    if (gz_context_create((int)threads, &scratch) != GZ_OK)
        return gz_fail(context, GZ_ERROR_MEMORY, "out of memory");
    gz_status status = measure(scratch, deck, few, &small);
    if (status == GZ_OK) status = measure(scratch, deck, few + 2, &large);
    if (status != GZ_OK) gz_fail(context, status, "%s", gz_context_message(scratch));
    gz_context_destroy(scratch);
    GZ_TRY(status);
    const double a_cell = (large - small) / 2, nodes = plane;
    for (int a = 1; a < grid->space_dim; a++) plane *= (double)grid->cells[a];
    *footprint = (gz_footprint){.ranks = ranks,
                                .planes = (planes + (size_t)ranks - 1) / (size_t)ranks,
                                .least_planes = planes / (size_t)ranks};
    footprint->nodes = (double)footprint->planes * plane;
    const int columns =
        ranks > 1 ? COLUMN_FIELDS * (kappa_transforms(&deck->problem) + streams(&deck->problem)) : 0;
    footprint->bytes_a_node = a_cell / nodes + (MORE_FIELDS + columns) * (double)sizeof(double);
    footprint->bytes_fixed = small - (double)few * a_cell + (double)threads * block_bytes(&deck->problem);
    footprint->bytes = footprint->bytes_a_node * footprint->nodes + footprint->bytes_fixed;
    count_messages(deck, footprint);
    return GZ_OK;
}
