/* Member `full_space`: the convex step as it is stated. The unknowns are the density f and the grazing rate U
 * on explicit pairs, and the grazing rate equation is a constraint. Newton's method solves the optimality
 * (KKT) system.
 *
 * With the coordinates u of the rate in which Act = |u|^2 dx (pair_matrix.h) and l = log f the conditions are
 *
 *   u + E^T w(l) = 0,   w(l) = l - c psi(l - log f0),    the rate is optimal for the potential
 *   h (e^l - f0) - dt E u = 0,                           f is moved by the rate
 *   E - c P = 0,                                         zero_defect: the chain rule is exact (chain_rule.h)
 *
 * and a Newton step solves, with diag = h f/(1 - c psi') and y = (1 - c psi') dl - psi dc the change of w,
 *
 *   [ I    E^T     ] [du]   [ -(u + E^T w)                       ]
 *   [ dt E   -diag ] [y ] = [  h (f - f0) - dt E u + diag psi dc ].
 *
 * The block of u is the identity, so u is eliminated, which leaves diag + dt E E^T for y. E is sparse but
 * E E^T is not, since every pair of points interacts. So this Schur complement is a dense matrix in disguise,
 * and the factor of the system would be dense in any other order of elimination too. CHOLMOD is given the
 * sparse scaled E and factors E E^T itself. This takes O(N^2) memory, with a large constant, and O(N^3)
 * operations. It is for grids whose pairs fit; others are refused with the memory that they would need. Its
 * use is as a check: U is an unknown here, with its own equation and its own action, and only the stencils
 * are shared with K.
 */
#include "blas_memory.h"
#include "damping.h"
#include "implicitness.h"
#include "minimizer.h"
#include "pair_matrix.h"
#include "stopping.h"

#include <cholmod.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct full_space {
    gz_context *context;
    gz_iterate iterate;
    gz_pair_matrix pairs;
    cholmod_common common;
    bool started;
    cholmod_sparse *scaled; /* sqrt(dt/diag) E */
    cholmod_factor *factor; /* of 1 + scaled scaled^T */
    cholmod_dense *rhs, *solution, *work[2];
    double *u, *du;           /* [columns]: the rate; u + E^T w, then the step of u */
    double *y, *border, *sum; /* [cell][node] */
    double *diagonal;         /* [cell][node]: diagonal of dt E E^T */
} full_space;

static void destroy(void *self) {
    full_space *s = self;
    if (!s) return;
    if (s->started) {
        cholmod_free_sparse(&s->scaled, &s->common);
        cholmod_free_factor(&s->factor, &s->common);
        cholmod_free_dense(&s->rhs, &s->common);
        cholmod_free_dense(&s->solution, &s->common);
        cholmod_free_dense(&s->work[0], &s->common);
        cholmod_free_dense(&s->work[1], &s->common);
        cholmod_finish(&s->common);
    }
    gz_pair_matrix_free(&s->pairs);
    gz_iterate_free(&s->iterate);
    double *all[] = {s->u, s->du, s->y, s->border, s->sum, s->diagonal};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
    gz_release(s);
}

static void ignore_message(int status, const char *file, int line, const char *message) {
    (void)status, (void)file, (void)line, (void)message; /* every call's status is checked where it is made */
}

/* Set the pattern of the scaled matrix, and analyse it once. */
static gz_status start_cholmod(full_space *s) {
    const gz_pair_matrix *E = &s->pairs;
    cholmod_common *common = &s->common;
    if (!cholmod_start(common))
        return gz_fail(s->context, GZ_ERROR_MEMORY, "out of memory: CHOLMOD did not start");
    s->started = true;
    common->print = 0;
    common->error_handler = ignore_message;
    common->nmethods = 1; /* the matrix is full: no order is better than another */
    common->method[0].ordering = CHOLMOD_NATURAL;
    common->postorder = 0;
    common->supernodal = CHOLMOD_SUPERNODAL;
    s->scaled = cholmod_allocate_sparse(E->rows, E->columns, E->entries, 0, 1, 0, CHOLMOD_REAL, common);
    s->rhs = cholmod_allocate_dense(E->rows, 1, E->rows, CHOLMOD_REAL, common);
    if (s->scaled) {
        gz_pair_matrix_update(&s->pairs);
        memcpy(s->scaled->p, E->column, (E->columns + 1) * sizeof *E->column);
        memcpy(s->scaled->i, E->row, E->entries * sizeof *E->row);
        memset(s->scaled->x, 0, E->entries * sizeof *E->value);
        s->factor = cholmod_analyze(s->scaled, common);
    }
    const size_t factor = E->rows * E->rows * sizeof(double), copies = 2 * E->entries * sizeof(double) * 2;
    if (s->rhs && s->factor) return gz_check_blas_memory(s->context, factor + copies);
    return gz_fail(s->context, GZ_ERROR_MEMORY, "out of memory: the pair matrix of %zu points", E->rows);
}

static gz_status create(gz_context *context, gz_mobility *mobility, const char *preconditioner, void **self) {
    (void)preconditioner;
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    char what[160];
    snprintf(what, sizeof what, "minimizer full_space: the grazing rate on pairs of %zu points", grid->size);
    /* Three matrices: E, CHOLMOD's scaled copy, and the transpose of this copy. */
    GZ_TRY(gz_check_memory(context, 3 * gz_pair_matrix_bytes(grid, gz_mobility_derivative(mobility)), what,
                           "use minimizer newton, which needs no pairs, or a smaller grid"));
    full_space *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    s->context = context;
    GZ_TRY(gz_iterate_init(context, mobility, &s->iterate));
    GZ_TRY(gz_pair_matrix_init(context, mobility, &s->pairs));
    GZ_TRY(gz_allocate(context, s->pairs.columns, sizeof(double), &s->u));
    GZ_TRY(gz_allocate(context, s->pairs.columns, sizeof(double), &s->du));
    double **all[] = {&s->y, &s->border, &s->sum, &s->diagonal};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        GZ_TRY(gz_allocate(context, grid->size, sizeof(double), all[i]));
    return start_cholmod(s);
}

/* Factor diag + dt E E^T, scaled to 1 + scaled scaled^T. */
static gz_status factorise(full_space *s) {
    const gz_pair_matrix *E = &s->pairs;
    double *value = s->scaled->x, one[] = {1, 0};
    for (size_t k = 0; k < E->entries; k++)
        value[k] = E->value[k] * sqrt(s->iterate.step->dt / s->iterate.diag[E->row[k]]);
    const bool done = cholmod_factorize_p(s->scaled, one, NULL, 0, s->factor, &s->common) &&
                      s->common.status == CHOLMOD_OK && s->factor->minor == E->rows;
    if (s->common.status == CHOLMOD_OUT_OF_MEMORY)
        return gz_fail(s->context, GZ_ERROR_MEMORY, "out of memory: factor of the pair matrix of %zu points",
                       E->rows);
    if (!done)
        return gz_fail(
            s->context, GZ_ERROR_NOT_CONVERGED,
            "the Schur complement of the KKT system is not positive definite to working accuracy; use a "
            "smaller dt");
    return GZ_OK;
}

/* x = (diag + dt E E^T)^-1 r. x and r may be the same array. */
static gz_status solve(full_space *s, const double *r, double *x) {
    double *rhs = s->rhs->x;
    const double *diag = s->iterate.diag;
    for (size_t i = 0; i < s->pairs.rows; i++) rhs[i] = r[i] / sqrt(diag[i]);
    if (!cholmod_solve2(CHOLMOD_A, s->factor, s->rhs, NULL, &s->solution, NULL, &s->work[0], &s->work[1],
                        &s->common))
        return gz_fail(s->context, GZ_ERROR_MEMORY, "out of memory: solution of the KKT system");
    const double *solution = s->solution->x;
    for (size_t i = 0; i < s->pairs.rows; i++) x[i] = solution[i] / sqrt(diag[i]);
    return GZ_OK;
}

static double squared_norm(const double *u, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += u[i] * u[i];
    return sum;
}

/* Compute w of the present log f, the residuals du = u + E^T w and R = h (f - f0) - dt E u, and D, Act, J of
 * this very pair (f, U). */
static bool evaluate(full_space *s) {
    gz_iterate *it = &s->iterate;
    gz_minimum *at = it->at;
    for (size_t i = 0; i < s->pairs.rows; i++) {
        double slope;
        const double d = at->log_f1[i] - it->step->log_f0[i];
        at->w[i] = at->log_f1[i] - at->implicitness * gz_psi(d, at->scale, &slope);
    }
    gz_pair_matrix_apply(&s->pairs, s->u, at->Kw);
    for (size_t i = 0; i < s->pairs.rows; i++) at->Kw[i] = -at->Kw[i];
    gz_pair_matrix_adjoint(&s->pairs, at->w, s->du);
    const double dx = it->grid->cell_volume, D = squared_norm(s->du, s->pairs.columns) * dx,
                 action = squared_norm(s->u, s->pairs.columns) * dx;
    for (size_t j = 0; j < s->pairs.columns; j++) s->du[j] += s->u[j];
    const bool finite = gz_iterate_evaluate(it) && isfinite(D) && isfinite(action);
    at->dissipation = D;
    at->action = action;
    at->defect = at->entropy - at->entropy0 + it->step->dt / 2 * (D + action);
    return finite;
}

/* The diagonal of dt E E^T, for damping. */
static void set_diagonal(full_space *s) {
    const gz_pair_matrix *E = &s->pairs;
    memset(s->diagonal, 0, E->rows * sizeof *s->diagonal);
    for (size_t k = 0; k < E->entries; k++)
        s->diagonal[E->row[k]] += s->iterate.step->dt * E->value[k] * E->value[k];
}

/* Begin at the caller's log f with the rate that is optimal for its potential. */
static gz_status start(full_space *s, const gz_convex_step *step, gz_minimum *minimum) {
    gz_pair_matrix_update(&s->pairs);
    GZ_TRY(gz_iterate_start(&s->iterate, step, minimum));
    set_diagonal(s);
    gz_pair_matrix_adjoint(&s->pairs, minimum->w, s->u);
    for (size_t j = 0; j < s->pairs.columns; j++) s->u[j] = -s->u[j];
    return GZ_OK;
}

/* Solve for y without dc, and for the border. *squared = <r, M^-1 r>, where r = -R - dt E du is the
 * right-hand side that is left after u is eliminated. */
static gz_status solve_system(full_space *s, double *squared) {
    gz_iterate *it = &s->iterate;
    const gz_minimum *at = it->at;
    GZ_TRY(factorise(s));
    gz_pair_matrix_apply(&s->pairs, s->du, s->sum);
    for (size_t i = 0; i < s->pairs.rows; i++) {
        double slope;
        s->sum[i] = -it->R[i] - it->step->dt * s->sum[i];
        s->border[i] = -it->diag[i] * gz_psi(at->log_f1[i] - it->step->log_f0[i], at->scale, &slope);
    }
    GZ_TRY(solve(s, s->sum, s->y));
    GZ_TRY(solve(s, s->border, s->border));
    *squared = 0;
    for (size_t i = 0; i < s->pairs.rows; i++) *squared += s->sum[i] * s->y[i];
    *squared *= it->grid->cell_volume;
    return GZ_OK;
}

/* Move u by the whole step, log f by the damped step, and c by the dc that the border gives. */
static void move(full_space *s) {
    gz_iterate *it = &s->iterate;
    gz_minimum *at = it->at;
    const double c = at->implicitness;
    gz_chain_rule *rule = &it->chain_rule;
    const double dc = gz_chain_rule_applies(rule) ? gz_chain_rule_newton(rule, s->y, s->border) : 0;
    for (size_t i = 0; i < s->pairs.rows; i++) {
        double slope;
        const double psi = gz_psi(at->log_f1[i] - it->step->log_f0[i], at->scale, &slope);
        s->y[i] += dc * s->border[i];
        at->log_f1[i] +=
            gz_damped_change((s->y[i] + dc * psi) / (1 - c * slope), it->diag[i], s->diagonal[i]);
    }
    for (size_t j = 0; j < s->pairs.columns; j++) s->u[j] -= s->du[j];
    gz_pair_matrix_adjoint(&s->pairs, s->y, s->du);
    for (size_t j = 0; j < s->pairs.columns; j++) s->u[j] -= s->du[j];
    at->implicitness = c + dc;
    gz_chain_rule_stretch(rule, GZ_CHAIN_RULE_PATIENCE);
    at->work.newton++;
}

static gz_status minimise(void *self, const gz_convex_step *step, gz_minimum *at) {
    full_space *s = self;
    GZ_TRY(start(s, step, at));
    gz_stopping goal = gz_stopping_begin(&s->iterate);
    for (;;) {
        double squared = NAN;
        if (!evaluate(s)) return gz_stopping_not_finite(&goal);
        GZ_TRY(solve_system(s, &squared));
        GZ_TRY(gz_stopping_measure(&goal, squared));
        if (gz_stopping_by_decrement(&goal)) break;
        GZ_TRY(gz_stopping_go_on(&goal));
        move(s);
    }
    at->converged = true;
    return GZ_OK;
}

static gz_status grazing_rate(void *self, gz_grazing_rate *rate) {
    full_space *s = self;
    gz_pair_matrix_rate(&s->pairs, s->u, rate);
    return GZ_OK;
}

const gz_minimizer_method gz_minimizer_full_space = {.name = "full_space",
                                                     .create = create,
                                                     .destroy = destroy,
                                                     .minimise = minimise,
                                                     .grazing_rate = grazing_rate};
