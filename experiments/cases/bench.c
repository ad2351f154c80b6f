/* The bench: a grid, an integrator with the scheme zero_defect, and a state. */
#include "bench.h"

#include <math.h>
#include <stdlib.h>

void must(gz_context *context, gz_status status) {
    if (status == GZ_OK) return;
    fprintf(stderr, "%s\n", gz_context_message(context));
    exit((int)status);
}

gz_problem bench_problem(grid_size size, gz_kernel kernel, gz_kappa kappa, int order) {
    return (gz_problem){.grid = {.space_dim = size.space_dim,
                                 .velocity_dim = size.velocity_dim,
                                 .cells = {size.cells, size.cells, size.cells},
                                 .length = {1, 1, 1},
                                 .nodes = size.nodes,
                                 .half_width = size.half_width},
                        .kernel = kernel,
                        .kappa = kappa,
                        .collisions_only = true,
                        .order = order};
}

void bench_open(gz_context *context, const gz_problem *problem, bench *b) {
    const gz_integrator_settings how = {.scheme = "zero_defect"};
    *b = (bench){.context = context, .problem = *problem};
    must(context, gz_phase_grid_create(context, &problem->grid, &b->grid));
    must(context, gz_integrator_create(context, b->grid, problem, &how, &b->integrator));
    must(context, gz_state_init(context, b->grid, &b->state));
    must(context, gz_allocate(context, b->grid->size, sizeof(double), &b->rate));
}

void bench_close(bench *b) {
    gz_release(b->rate);
    gz_state_free(&b->state);
    gz_integrator_destroy(b->integrator);
    gz_phase_grid_destroy(b->grid);
}

static void begin(bench *b) {
    gz_moments_of(b->grid, b->state.f, &b->start);
    b->worst_defect = 0;
    b->applications = b->steps = 0;
}

void bench_start(bench *b, gz_log_density *log_density, void *data) {
    must(b->context, gz_initial_from_function(b->context, b->grid, log_density, data, &b->state));
    begin(b);
}

void bench_start_component(bench *b, const gz_component *c) {
    must(b->context, gz_initial_state(b->context, b->grid, &b->problem.kernel, 1, c, &b->state));
    begin(b);
}

void bench_rate(bench *b) {
    gz_mobility *mobility = gz_integrator_mobility(b->integrator);
    gz_mobility_set_steepness(mobility, b->state.log_f);
    gz_mobility_set_density(mobility, b->state.f);
    gz_mobility_apply(mobility, b->state.log_f, b->rate);
    for (size_t i = 0; i < b->grid->size; i++) b->rate[i] /= -b->grid->node_volume[i % b->grid->node_count];
}

void bench_step(bench *b, double dt) {
    gz_step_report report;
    must(b->context, gz_integrator_step(b->integrator, dt, &b->state, &report));
    b->worst_defect = fmax(b->worst_defect, fabs(report.defect));
    b->applications += report.work.applications;
    b->steps++;
}

double bench_drift(const bench *b) {
    gz_moments now;
    gz_moments_of(b->grid, b->state.f, &now);
    const gz_moments *start = &b->start;
    double squared = 0;
    for (int a = 0; a < b->grid->velocity_dim; a++) {
        const double change = now.momentum[a] - start->momentum[a];
        squared += change * change;
    }
    return fmax(fmax(fabs(now.mass / start->mass - 1), fabs(now.energy / start->energy - 1)),
                sqrt(squared / (start->mass * start->energy)));
}

const char *bench_name(const bench *b, char name[48]) {
    const gz_phase_grid *grid = b->grid;
    int used = snprintf(name, 48, "%dD%dV ", grid->space_dim, grid->velocity_dim);
    if (grid->space_dim == 1) used += snprintf(name + used, 48 - (size_t)used, "%zu x ", grid->cells[0]);
    if (grid->space_dim > 1)
        used += snprintf(name + used, 48 - (size_t)used, "%zu^%d x ", grid->cells[0], grid->space_dim);
    snprintf(name + used, 48 - (size_t)used, "%zu^%d", grid->nodes, grid->velocity_dim);
    return name;
}

/* splitmix64 */
double random_number(size_t seed, size_t index) {
    uint64_t z = (uint64_t)seed * 0x9E3779B97F4A7C15u + ((uint64_t)index + 1) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}

static double log_bump(const random_datum *datum, const double *x, const double *v, size_t seed) {
    const double two_pi = 8 * atan(1);
    double phase = two_pi * random_number(seed, 0);
    for (int a = 0; a < datum->space_dim; a++) phase += two_pi * x[a];
    const double c = datum->space_dim > 0 ? cos(phase) : 0, s = datum->space_dim > 0 ? sin(phase) : 0;
    double exponent = log(0.3 + random_number(seed, 1)) + log(1 + 0.4 * c);
    for (int a = 0; a < datum->velocity_dim; a++) {
        const double u = 1.6 * random_number(seed, 2 + (size_t)a) - 0.8 + 0.3 * s,
                     T = (0.6 + 0.7 * random_number(seed, 5 + (size_t)a)) * (1 + 0.2 * c);
        exponent -= (v[a] - u) * (v[a] - u) / (2 * T) + 0.5 * log(two_pi * T);
    }
    return exponent;
}

double random_bumps(const double *x, const double *v, void *data) {
    const random_datum *datum = (const random_datum *)data;
    const double a = log_bump(datum, x, v, 2 * datum->seed), b = log_bump(datum, x, v, 2 * datum->seed + 1);
    return fmax(a, b) + log1p(exp(-fabs(a - b)));
}
