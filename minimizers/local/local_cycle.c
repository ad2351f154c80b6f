/* Local cycle: Chebyshev sweeps around a V-cycle. If there are many cells, one thread solves each of them, in
 * cache. If there are fewer cells than threads, the threads share one cell after the other.
 *
 * Every eigenvalue of D^-1 M is below the largest of D_K^-1 K_local (D_K its diagonal) or 1, whatever diag
 * and dt are. A power iteration from a vector that weighs all nodes alike finds this bound, once for every
 * mobility. The smallest is about sum diag / sum D, the quotient of constants. */
#include "local_cycle.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* Chosen together with the outer iterations in view:
 * fewer sweeps cost more applications of K than they save. */
enum {
    CYCLES = 2,
    MOST_CYCLES = 6,
    SWEEPS = 9, /* before and after the V-cycle */
    POWER_ITERATIONS = 15
};

static const double SPREAD = 20;  /* bound over the least eigenvalue that the sweeps damp, at most */
static const double MARGIN = 1.1; /* on the power iteration */
static const double WRONG = 0.5;  /* a Jacobi correction of log f by this calls for another cycle */

struct gz_local_cycle {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_fields *fields;
    const gz_local_multigrid *multigrid;
    const double *diag; /* of the present matrix */
    double dt;
    size_t setups, bounded; /* of the mobility when `local` and when `bound` were computed */
    double least;           /* sum diag / sum D of constants */
    double bound;           /* on the eigenvalues of D^-1 M */
    double low;             /* least eigenvalue that the sweeps damp */
    const double *local;    /* diagonal of K_local, [cell][node]; D = diag + dt local */
    double *r, *p, *Mp;     /* [cell][node], the caller's */
};

void gz_local_cycle_destroy(gz_local_cycle *s) {
    gz_release(s);
}

gz_status gz_local_cycle_create(gz_fields *fields, gz_mobility *mobility, const gz_local_multigrid *multigrid,
                                double *const shared[3], gz_local_cycle **cycle) {
    *cycle = NULL;
    GZ_TRY(gz_allocate(fields->context, 1, sizeof **cycle, cycle));
    **cycle = (gz_local_cycle){.context = fields->context,
                               .mobility = mobility,
                               .grid = gz_mobility_grid(mobility),
                               .fields = fields,
                               .multigrid = multigrid,
                               .r = shared[0],
                               .p = shared[1],
                               .Mp = shared[2]};
    return GZ_OK;
}

/* A cell, on the calling thread or shared by all of them. */
typedef struct part {
    size_t cell, first, end; /* first..end-1: its entries of a field */
    int threads;
} part;

/* Kp = K_local p */
static void apply_local(gz_local_cycle *s, part on, const double *p, double *Kp) {
    if (on.threads == 1) {
        gz_mobility_apply_local_cell(s->mobility, on.cell, (gz_team){0, 1}, p + on.first, Kp + on.first);
        return;
    }
#pragma omp parallel num_threads(on.threads)
    {
        const gz_team team = {omp_get_thread_num(), omp_get_num_threads()};
        gz_mobility_apply_local_cell(s->mobility, on.cell, team, p + on.first, Kp + on.first);
    }
}

/* r = b - M x */
static void set_residual(gz_local_cycle *s, part on, const double *restrict b, const double *restrict x) {
    apply_local(s, on, x, s->Mp);
    const double *restrict Kx = s->Mp, *restrict diag = s->diag;
    double *restrict r = s->r;
#pragma omp parallel for num_threads(on.threads) if (on.threads > 1)
    for (size_t i = on.first; i < on.end; i++) r[i] = b[i] - (diag[i] * x[i] + s->dt * Kx[i]);
}

/* x += p(D^-1 M) D^-1 r; r is used up. */
static void sweep(gz_local_cycle *s, part on, double *restrict x) {
    const double middle = (s->bound + s->low) / 2, half = (s->bound - s->low) / 2;
    double *restrict r = s->r, *restrict p = s->p, *restrict Kp = s->Mp;
    const double *restrict local = s->local, *restrict diag = s->diag;
    double step = 0;
    for (int k = 0; k < SWEEPS; k++) {
        const double previous = step;
        double momentum = half * previous / 2;
        momentum = k == 1 ? 2 * momentum * momentum : momentum * momentum;
        step = k == 0 ? 1 / middle : 1 / (middle - momentum / previous);
        if (k > 0) apply_local(s, on, p, Kp);
#pragma omp parallel for num_threads(on.threads) if (on.threads > 1)
        for (size_t i = on.first; i < on.end; i++) {
            if (k > 0) r[i] -= previous * (diag[i] * p[i] + s->dt * Kp[i]);
            p[i] = r[i] / (diag[i] + s->dt * local[i]) + (k > 0 ? momentum * p[i] : 0);
            x[i] += step * p[i];
        }
    }
}

/* p = V r */
static void cycle_down_and_up(gz_local_cycle *s, part on) {
    const double *r = s->r + on.first;
    double *p = s->p + on.first;
    if (on.threads == 1) {
        gz_local_multigrid_cycle(s->multigrid, on.cell, (gz_team){0, 1}, omp_get_thread_num(), r, p);
        return;
    }
#pragma omp parallel num_threads(on.threads)
    {
        const gz_team team = {omp_get_thread_num(), omp_get_num_threads()};
        gz_local_multigrid_cycle(s->multigrid, on.cell, team, 0, r, p);
    }
}

/* The step along p: 1, unless that would raise the energy <x, M x>/2 - <b, x>, which the step to its least
 * value along p does not. */
static double step_length(const gz_local_cycle *s, part on) {
    const double *restrict r = s->r, *restrict p = s->p, *restrict Kp = s->Mp, *restrict diag = s->diag;
    double gain = 0, curvature = 0;
    for (size_t i = on.first; i < on.end; i++) {
        gain += r[i] * p[i];
        curvature += p[i] * (diag[i] * p[i] + s->dt * Kp[i]);
    }
    return curvature <= 2 * gain ? 1 : gain / curvature; /* both are zero where r is */
}

/* x += step V r and r -= step M V r; p is used up. */
static void correct(gz_local_cycle *s, part on, double *restrict x) {
    const double *restrict p = s->p, *restrict Kp = s->Mp, *restrict diag = s->diag;
    double *restrict r = s->r;
    cycle_down_and_up(s, on);
    apply_local(s, on, s->p, s->Mp);
    const double step = step_length(s, on);
#pragma omp parallel for num_threads(on.threads) if (on.threads > 1)
    for (size_t i = on.first; i < on.end; i++) {
        x[i] += step * p[i];
        r[i] -= step * (diag[i] * p[i] + s->dt * Kp[i]);
    }
}

/* The bound by power iteration on D_K^-1 K_local, from noise that has the same energy at every node. */
static void find_bound(gz_local_cycle *s) {
    double *p = s->p, *Kp = s->Mp, growth = 1;
    for (size_t i = 0; i < s->grid->size; i++) {
        const size_t place = gz_phase_grid_whole(s->grid, i);
        const double noise = (double)(place * 2654435761u % 1024) / 512 - 1;
        p[i] = s->local[i] > 0 ? noise / sqrt(s->local[i]) : 0;
    }
    for (int k = 0; k < POWER_ITERATIONS; k++) {
        gz_mobility_apply_local(s->mobility, p, Kp);
        double energy[2] = {0}; /* before and after */
        for (size_t i = 0; i < s->grid->size; i++) {
            energy[0] += s->local[i] * p[i] * p[i];
            p[i] = s->local[i] > 0 ? Kp[i] / s->local[i] : 0;
            energy[1] += s->local[i] * p[i] * p[i];
        }
        gz_ranks_sum(s->grid->ranks, 2, energy);
        growth = sqrt(energy[1] / energy[0]);
        for (size_t i = 0; i < s->grid->size; i++) p[i] /= sqrt(energy[1]);
    }
    s->bound = MARGIN * fmax(growth, 1);
}

gz_status gz_local_cycle_prepare(gz_local_cycle *s, const double *diag, double dt) {
    const size_t nodes = s->grid->node_count;
    bool positive = true;
    s->diag = diag;
    s->dt = dt;
    s->least = 1;
    s->local = gz_mobility_local_diagonal(s->mobility);
    s->setups = gz_mobility_setups(s->mobility);
    for (size_t cell = 0; cell < s->grid->cell_count; cell++) {
        double diagonal = 0, all = 0;
        for (size_t i = cell * nodes; i < (cell + 1) * nodes; i++) {
            const double sum = diag[i] + dt * s->local[i];
            positive = positive && sum > 0 && isfinite(sum);
            diagonal += diag[i];
            all += sum;
        }
        s->least = fmin(s->least, diagonal / all);
    }
    gz_ranks_least(s->grid->ranks, 1, &s->least);
    return gz_ranks_all(s->grid->ranks, positive)
               ? GZ_OK
               : gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                         "the diagonal of the local Hessian is not positive everywhere");
}

static bool right_everywhere(const gz_local_cycle *s, part on) {
    for (size_t i = on.first; i < on.end; i++)
        if (!(fabs(s->r[i] / (s->diag[i] + s->dt * s->local[i])) < WRONG)) return false;
    return true;
}

static void solve_part(gz_local_cycle *s, part on, const double *b, double *x) {
    memcpy(s->r + on.first, b + on.first, (on.end - on.first) * sizeof *x);
    memset(x + on.first, 0, (on.end - on.first) * sizeof *x);
    for (int cycle = 0; cycle < MOST_CYCLES; cycle++) {
        if (cycle > 0) set_residual(s, on, b, x);
        if (cycle >= CYCLES && right_everywhere(s, on)) break;
        sweep(s, on, x);
        set_residual(s, on, b, x);
        correct(s, on, x);
        sweep(s, on, x);
    }
}

void gz_local_cycle_solve(gz_local_cycle *s, const bool *chosen, const double *r, double *z) {
    const size_t cells = s->grid->cell_count, nodes = s->grid->node_count;
    const int threads = gz_context_threads(s->context);
    const bool share = cells < (size_t)threads;
    if (s->bounded != s->setups) find_bound(s);
    s->bounded = s->setups;
    s->low = fmax(s->bound / SPREAD, s->least / 2); /* tails have somewhat smaller ones than constants */
#pragma omp parallel for num_threads(threads) if (!share) schedule(dynamic)
    for (size_t cell = 0; cell < cells; cell++) {
        const part on = {
            .cell = cell, .first = cell * nodes, .end = (cell + 1) * nodes, .threads = share ? threads : 1};
        if (!chosen || chosen[cell]) solve_part(s, on, r, z);
    }
}
