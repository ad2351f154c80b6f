/* Footprint: makes the integrator on short rows of cells and extrapolates the bytes it allocates. */
#include "footprint.h"

#include "machine_memory.h"
#include "space_transform.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MORE_FIELDS = 3,   /* fields of a simulation beside state and integrator */
    COLUMN_FIELDS = 2, /* fields of a rank's columns (columns.h) */
    MANY_NODES = 40000 /* nodes of a cell from which on smaller velocity grids are measured */
};

/* A grid is not measured if even so many bytes a node leave half of the memory free; it is refused at once if so few
 * do not fit. */
static const double MOST_A_NODE = 4000, LEAST_A_NODE = 160;

static double power(double x, int n) {
    return n > 0 ? x * power(x, n - 1) : 1;
}

/* Measure the bytes that state and integrator take on `cells` cells in a row with n nodes an axis. The minimizers
 * with matrices of their own check these themselves. */
static gz_status measure(gz_context *scratch, const gz_deck *deck, size_t cells, size_t n, double *bytes) {
    gz_problem problem = deck->problem;
    gz_integrator_settings settings = deck->integrator;
    gz_phase_grid *grid = NULL;
    gz_integrator *integrator = NULL;
    gz_state state = {0};
    gz_status status;
    settings.minimizer = NULL;
    problem.grid.space_dim = 1;
    problem.grid.cells[0] = cells;
    problem.grid.nodes = n;
    const double before = (double)gz_context_allocated_bytes(scratch);
    GZ_TRY_ELSE(status, gz_phase_grid_create(scratch, &problem.grid, &grid), done);
    GZ_TRY_ELSE(status, gz_state_init(scratch, grid, &state), done);
    GZ_TRY_ELSE(status, gz_integrator_create(scratch, grid, &problem, &settings, &integrator), done);
    *bytes = (double)gz_context_allocated_bytes(scratch) - before;
done:
    gz_integrator_destroy(integrator);
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
    return status;
}

/* Bytes of a row of cells: those of a cell, and those that do not depend on the number of cells. */
typedef struct row_bytes {
    double cell, fixed;
} row_bytes;

static gz_status measure_row(gz_context *scratch, const gz_deck *deck, size_t n, row_bytes *row) {
    const size_t threads = (size_t)gz_context_threads(scratch), few = threads < 2 ? 2 : threads;
    double small = 0, large = 0;
    GZ_TRY(measure(scratch, deck, few, n, &small));
    GZ_TRY(measure(scratch, deck, few + 2, n, &large));
    row->cell = (large - small) / 2;
    row->fixed = small - (double)few * row->cell;
    return GZ_OK;
}

/* The bytes of a row with the deck's own velocity grid. */
static gz_status find_row(gz_context *scratch, const gz_deck *deck, row_bytes *row) {
    const int d = deck->problem.grid.velocity_dim;
    const size_t n = deck->problem.grid.nodes, coarse = d == 3 ? 17 : 65, fine = d == 3 ? 33 : 129;
    row_bytes below, above;
    if (power((double)n, d) <= MANY_NODES) return measure_row(scratch, deck, n, row);
    GZ_TRY(measure_row(scratch, deck, coarse, &below));
    GZ_TRY(measure_row(scratch, deck, fine, &above));
    const double from = power((double)coarse, d), to = power((double)fine, d),
                 along = (power((double)n, d) - from) / (to - from);
    row->cell = below.cell + along * (above.cell - below.cell);
    row->fixed = below.fixed + along * (above.fixed - below.fixed);
    return GZ_OK;
}

static double species_count(const gz_phase_grid_settings *grid) {
    return grid->species_count > 1 ? (double)grid->species_count : 1;
}

/* Both kappa and the free streaming may need transforms along x. */
static bool kappa_transforms(const gz_problem *problem) {
    return problem->collisions.kind == GZ_LANDAU && problem->kappa.shape != GZ_KAPPA_UNIFORM &&
           problem->kappa.shape != GZ_KAPPA_DIRAC;
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
    const double others = footprint->ranks - 1, species = species_count(&problem->grid),
                 cell = power((double)problem->grid.nodes, d) * species;
    const gz_traffic exchange = {species * others,
                                 footprint->nodes * sizeof(double) * others / footprint->ranks};
    const bool moments = deck->integrator.mobility && strcmp(deck->integrator.mobility, "moments") == 0;
    gz_traffic convolution = {0, 0};
    if (footprint->ranks > 1 && problem->collisions.kind == GZ_LANDAU &&
        problem->kappa.shape == GZ_KAPPA_UNIFORM)
        convolution = (gz_traffic){
            2 * species, 2 * cell * sizeof(double)}; /* to the first rank and from there, in trees */
    else if (kappa_transforms(problem))
        convolution = (gz_traffic){2 * exchange.messages, 2 * exchange.bytes};
    const double of_moments = d * (d + 3) * species / cell; /* moments of d fields, in one convolution */
    footprint->setup = convolution;
    footprint->application = (gz_traffic){d * convolution.messages, d * convolution.bytes};
    if (moments) {
        footprint->setup.bytes *= (1 + d + gz_pair_count(d)) * species / cell;
        footprint->application = (gz_traffic){convolution.messages, convolution.bytes * of_moments};
    }
    if (streams(problem)) footprint->streaming = (gz_traffic){4 * exchange.messages, 4 * exchange.bytes};
}

gz_status gz_footprint_estimate(gz_context *context, const gz_deck *deck, int ranks,
                                gz_footprint *footprint) {
    const gz_phase_grid_settings *grid = &deck->problem.grid;
    const int threads = gz_context_threads(context);
    const size_t planes = grid->space_dim > 0 ? grid->cells[0] : 1;
    row_bytes row = {0, 0};
    double plane = power((double)grid->nodes, grid->velocity_dim) * species_count(grid);
    if (planes < (size_t)ranks)
        return gz_fail(
            context, GZ_ERROR_SETTINGS,
            "%d ranks share the cells along the first x axis, which has %zu; use %zu rank%s at most", ranks,
            planes, planes, planes == 1 ? "" : "s");
    gz_context *scratch = NULL;
    if (gz_context_create(threads, &scratch) != GZ_OK)
        return gz_fail(context, GZ_ERROR_MEMORY, "out of memory");
    gz_context_guess_plans(scratch, true); /* to measure plans takes minutes, and changes no bytes */
    const gz_status status = find_row(scratch, deck, &row);
    if (status != GZ_OK) gz_fail(context, status, "%s", gz_context_message(scratch));
    gz_context_destroy(scratch);
    GZ_TRY(status);
    const double nodes = plane;
    for (int a = 1; a < grid->space_dim; a++) plane *= (double)grid->cells[a];
    *footprint = (gz_footprint){.ranks = ranks,
                                .planes = (planes + (size_t)ranks - 1) / (size_t)ranks,
                                .least_planes = planes / (size_t)ranks};
    footprint->nodes = (double)footprint->planes * plane;
    const int columns =
        ranks > 1 ? COLUMN_FIELDS * (kappa_transforms(&deck->problem) + streams(&deck->problem)) : 0;
    footprint->bytes_a_node = row.cell / nodes + (MORE_FIELDS + columns) * (double)sizeof(double);
    footprint->bytes_fixed = row.fixed + (double)threads * block_bytes(&deck->problem);
    footprint->bytes = footprint->bytes_a_node * footprint->nodes + footprint->bytes_fixed;
    count_messages(deck, footprint);
    return GZ_OK;
}

double gz_footprint_factors(const gz_deck *deck, double nodes) {
    const char *preconditioner = deck->integrator.preconditioner;
    const double n = (double)deck->problem.grid.nodes;
    if (!preconditioner || strcmp(preconditioner, "factor") != 0) return 0;
    return nodes *
           (deck->problem.grid.velocity_dim == 2 ? 1.4e3 * pow(n / 33, 1.2) : 1.5e4 * pow(n / 17, 1.3));
}

gz_status gz_footprint_check(gz_context *context, const gz_deck *deck) {
    const gz_ranks *ranks = gz_context_ranks(context);
    const gz_phase_grid_settings *grid = &deck->problem.grid;
    const double here = gz_ranks_on_this_machine(ranks), memory = gz_machine_memory_of("").bytes;
    static const char remedy[] = "reduce grid.v.nodes or grid.x.cells";
    char what[100];
    gz_footprint footprint = {0};
    double size = power((double)grid->nodes, grid->velocity_dim) * species_count(grid);
    for (int a = 0; a < grid->space_dim; a++) size *= (double)grid->cells[a];
    const double part = size * here / gz_ranks_count(ranks);
    snprintf(what, sizeof what, "a run on %.3g phase-space nodes", size);
    if (part * MOST_A_NODE < memory / 2) return GZ_OK;
    if (part * LEAST_A_NODE > memory) return gz_check_memory(context, part * LEAST_A_NODE, what, remedy);
    GZ_TRY(gz_footprint_estimate(context, deck, gz_ranks_count(ranks), &footprint));
    const double bytes = footprint.bytes + gz_footprint_factors(deck, footprint.nodes);
    return gz_check_memory(context, bytes * here, what, remedy);
}
