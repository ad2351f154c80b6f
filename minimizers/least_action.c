/* Least action: flexible conjugate gradients on K, in the complement of the null space of K. */
#include "least_action.h"

#include "flexible_cg.h"
#include "invariants.h"
#include "local_solver.h"

#include <math.h>
#include <string.h>

enum { MOST_ITERATIONS = 300 };

static const double TOLERANCE = 1e-6;  /* of the residual; the error of J is its square */
static const double ROUND_OFF = 1e-30; /* <rho, P rho>/(D + |<w, sigma>|) of an exact solution */
static const double SHIFT = 1e-3;      /* shift of the preconditioner over the relaxation rate */
static const char ADVICE[] = "the density may be too steep for the velocity grid, use a finer one";

struct gz_least_action {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_fields fields;
    gz_local_solver *local;
    gz_invariants invariants;
    gz_flexible_cg cg;
    double tolerance;
    double *diag, *Kw, *y, *Ky; /* [cell][node] */
};

void gz_least_action_destroy(gz_least_action *s) {
    if (!s) return;
    gz_local_solver_destroy(s->local);
    gz_invariants_free(&s->invariants);
    gz_flexible_cg_free(&s->cg);
    gz_fields_free(&s->fields);
    double *work[] = {s->diag, s->Kw, s->y, s->Ky};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status fill(gz_least_action *s, const char *preconditioner) {
    GZ_TRY(gz_fields_init(s->context, s->grid, &s->fields));
    GZ_TRY(gz_local_solver_create(&s->fields, s->mobility, preconditioner, &s->local));
    GZ_TRY(gz_invariants_init(&s->fields, gz_mobility_null_space(s->mobility), &s->invariants));
    GZ_TRY(gz_flexible_cg_init(&s->fields, s->mobility, &s->cg));
    double **work[] = {&s->diag, &s->Kw, &s->y, &s->Ky};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(s->context, s->grid->size, sizeof(double), work[i]));
    return GZ_OK;
}

gz_status gz_least_action_create(gz_context *context, gz_mobility *mobility, const char *preconditioner,
                                 gz_least_action **least) {
    *least = NULL;
    gz_least_action *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->mobility = mobility;
    s->grid = gz_mobility_grid(mobility);
    s->tolerance = TOLERANCE;
    const gz_status status = fill(s, preconditioner);
    if (status != GZ_OK) {
        gz_least_action_destroy(s);
        return status;
    }
    *least = s;
    return GZ_OK;
}

void gz_least_action_set_tolerance(gz_least_action *s, double tolerance) {
    s->tolerance = tolerance;
}

/* The mass, and where K keeps them the momentum and energy, that sigma creates per unit of time. */
static void measure_violation(const gz_least_action *s, const double *sigma, gz_violation *violation) {
    const gz_phase_grid *grid = s->grid;
    const gz_null_space *space = gz_mobility_null_space(s->mobility);
    const int d = space->moments ? grid->velocity_dim : 0;
    double sums[2 + GZ_MAX_DIM] = {0}, *momentum = sums + 2; /* mass, energy, momentum */
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        const double factor = space->moments ? gz_null_space_factor(space, cell) : 0;
        double mass = 0;
        for (size_t node = 0; node < grid->node_count; node++) {
            const double rate = sigma[cell * grid->node_count + node] * grid->cell_volume;
            mass += rate;
            for (int a = 0; a < d; a++) momentum[a] += factor * rate * grid->node_velocity[a][node];
            sums[1] += factor * rate * grid->node_energy[node];
        }
        sums[0] += fabs(mass);
    }
    gz_ranks_sum(grid->ranks, 2 + GZ_MAX_DIM, sums);
    *violation = (gz_violation){.mass = sums[0], .energy = sums[1]};
    for (int a = 0; a < d; a++) violation->momentum[a] = momentum[a];
}

/* r += h m phi, with the phi in the null space of K that makes r orthogonal to the null space. phi is
 * written. */
static gz_status project(gz_least_action *s, double *r, double *phi) {
    const double *weight = gz_mobility_weight(s->mobility);
    GZ_TRY(gz_invariants_step(&s->invariants, r, weight, phi));
    for (size_t i = 0; i < s->grid->size; i++) r[i] += weight[i] * phi[i];
    return GZ_OK;
}

static gz_status project_rate(gz_least_action *s, double *sigma, const double *w,
                              gz_least_action_report *report) {
    const double *weight = gz_mobility_weight(s->mobility), volume = s->grid->cell_volume;
    double sums[2] = {0}; /* size of the violation, removed */
    measure_violation(s, sigma, &report->violation);
    for (int pass = 0; pass < 2; pass++) { /* the second pass removes the round-off of the first */
        GZ_TRY(project(s, sigma, s->cg.z));
        for (size_t i = 0; i < s->grid->size; i++) {
            const double removed = -weight[i] * s->cg.z[i] * volume;
            sums[0] -= removed * s->cg.z[i];
            sums[1] += (1 + (w ? w[i] : 0)) * removed;
        }
    }
    gz_ranks_sum(s->grid->ranks, 2, sums);
    report->violation.size = sums[0];
    report->removed = sums[1];
    return GZ_OK;
}

/* Prepare the preconditioner, whose diagonal is a small multiple of h m. The relaxation rate is the trace of
 * the mean diffusion tensor over the mean thermal energy. */
static gz_status prepare(gz_least_action *s) {
    const gz_phase_grid *grid = s->grid;
    const double *weight = gz_mobility_weight(s->mobility);
    double sums[3 + GZ_MAX_DIM] = {0}, *mass = sums, *energy = sums + 1, *trace = sums + 2,
                    *momentum = sums + 3;
    for (size_t i = 0; i < grid->size; i++) {
        const size_t node = i % grid->node_count;
        *mass += weight[i];
        *energy += weight[i] * grid->node_energy[node];
        for (int a = 0; a < grid->velocity_dim; a++) {
            momentum[a] += weight[i] * grid->node_velocity[a][node];
            *trace += weight[i] * gz_mobility_tensor(s->mobility, a, a)[i];
        }
    }
    gz_ranks_sum(grid->ranks, 3 + GZ_MAX_DIM, sums);
    for (int a = 0; a < grid->velocity_dim; a++) *energy -= momentum[a] * momentum[a] / *mass;
    const double shift = SHIFT * *trace / *energy;
    if (!(shift > 0) || !isfinite(shift))
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "the mobility is not that of a density: mass %g, thermal energy %g, diffusion %g",
                       *mass, *energy, *trace);
    for (size_t i = 0; i < grid->size; i++) s->diag[i] = shift * weight[i];
    return gz_advise(s->context, gz_local_solver_prepare(s->local, s->diag, 1, true), ADVICE);
}

static gz_status precondition(void *self, double *r, double *z, double rest, double enough) {
    (void)rest, (void)enough;
    gz_least_action *s = self;
    GZ_TRY(project(s, r, z));
    return gz_local_solver_solve(s->local, r, z, (gz_local_goal){0});
}

/* Solve K y = cg.r. */
static gz_status solve(gz_least_action *s, double negligible, gz_least_action_report *report) {
    const gz_cg_system system = {.dt = 1,
                                 .precondition = precondition,
                                 .self = s,
                                 .reduction = s->tolerance,
                                 .negligible = negligible,
                                 .most = MOST_ITERATIONS};
    gz_cg_report cg;
    const gz_status status = gz_flexible_cg_solve(&s->cg, &system, s->y, s->Ky, &cg);
    report->applications += cg.iterations;
    report->error = cg.left;
    if (status != GZ_OK || cg.left <= cg.enough) return gz_advise(s->context, status, ADVICE);
    return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                   "the least action is not reached after %ld applications of K: squared residual %.1e, goal "
                   "%.1e; %s",
                   report->applications, cg.left, cg.enough, ADVICE);
}

gz_status gz_least_action_solve(gz_least_action *s, double *sigma, const double *w, double *u,
                                gz_least_action_report *report) {
    const size_t size = s->grid->size;
    *report = (gz_least_action_report){0};
    GZ_TRY(prepare(s));
    GZ_TRY(project_rate(s, sigma, w, report));
    if (w) {
        gz_mobility_apply(s->mobility, w, s->Kw);
        report->applications++;
        report->dissipation = gz_mobility_dissipation(s->mobility, w, s->Kw);
        report->product = gz_fields_dot(&s->fields, w, sigma);
    } else {
        memset(s->Kw, 0, size * sizeof *s->Kw);
    }
    for (size_t i = 0; i < size; i++) s->cg.r[i] = sigma[i] + s->Kw[i];
    const double scale = report->dissipation + fabs(report->product);
    const gz_status status = solve(s, ROUND_OFF * scale, report);
    double sums[2] = {0}; /* 2 <rho, y> - <y, K y> and 2 <sigma, u> - <u, K u> */
    for (size_t i = 0; i < size; i++) {
        const double Ku = s->Ky[i] - s->Kw[i];
        u[i] = s->y[i] - (w ? w[i] : 0);
        sums[0] += (2 * (sigma[i] + s->Kw[i]) - s->Ky[i]) * s->y[i];
        sums[1] += (2 * sigma[i] - Ku) * u[i];
    }
    gz_ranks_sum(s->grid->ranks, 2, sums);
    report->defect = sums[0] * s->grid->cell_volume;
    report->action = sums[1] * s->grid->cell_volume;
    const double *weight = gz_mobility_weight(s->mobility);
    for (size_t i = 0; i < size; i++) s->cg.r[i] = weight[i] * u[i];
    GZ_TRY(gz_invariants_step(&s->invariants, s->cg.r, weight, s->cg.z));
    for (size_t i = 0; i < size; i++) u[i] += s->cg.z[i];
    return status;
}
