/* Members `lbfgs` and `tnewton`: NLopt's LD_LBFGS and LD_TNEWTON_PRECOND_RESTART on the dual problem
 * (dual.h).
 *
 * Their stopping tests are built on values, so they can only come down by the square root of round-off from
 * where they begin. Hence passes: each minimises G(w + y) - G(w), a Bregman difference from the point of the
 * last one, in units and variables z in which the gradient begins with norm 1 and the local Hessian diagonal
 * is 1. It ends when the gradient has fallen by 1e-6 or to what is asked, or when NLopt can do no more; the
 * best point seen is kept here. Between passes the null space of K is solved for exactly (invariants.h), and
 * the scalar c of zero_defect moves by the secant of E/P - c; it is fixed in a pass.
 *
 * Storage O(N); one application of K an evaluation, counted as `cg`; passes are counted as `newton`. NLopt
 * allocates its work arrays in every pass. Sources: Liu & Nocedal (1989), Dembo & Steihaug (1982), in the
 * code of L. Luksan.
 */
#include "dual.h"
#include "minimizer.h"

#include <math.h>
#include <nlopt.h>
#include <string.h>

enum { MOST_EVALUATIONS = 5000, STORED_VECTORS = 5 };

static const double GRADIENT_FALL = 1e-6;

typedef struct quasi_newton {
    gz_iterate iterate;
    nlopt_opt algorithm;
    double *scale;                     /* z/y */
    double *z, *best, *y, *Ky, *slope; /* [cell][node] each */
    double best_value, best_norm, enough;
    long evaluations;
} quasi_newton;

static void destroy(void *self) {
    quasi_newton *s = self;
    if (!s) return;
    nlopt_destroy(s->algorithm);
    gz_iterate_free(&s->iterate);
    double *work[] = {s->scale, s->z, s->best, s->y, s->Ky, s->slope};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

/* The objective in z; stops NLopt where the gradient is small enough. */
static double objective(unsigned n, const double *z, double *gradient, void *data) {
    quasi_newton *s = data;
    gz_iterate *it = &s->iterate;
    const double unit = it->at->decrement * it->at->decrement;
    for (unsigned i = 0; i < n; i++) s->y[i] = z[i] / s->scale[i];
    const double value = gz_dual_difference(it, s->y, s->Ky, s->slope) / unit;
    double squared = 0;
    for (unsigned i = 0; i < n; i++) {
        const double slope = it->grid->cell_volume / unit * s->slope[i] / s->scale[i];
        squared += slope * slope;
        if (gradient) gradient[i] = slope;
    }
    const double norm = sqrt(squared), round_off = 1e-13 * fabs(s->best_value);
    s->evaluations++;
    if (value < s->best_value - round_off || (value <= s->best_value + round_off && norm < s->best_norm)) {
        s->best_value = value;
        s->best_norm = norm;
        memcpy(s->best, z, n * sizeof *z);
    }
    if (s->best_norm <= s->enough || s->evaluations >= MOST_EVALUATIONS) nlopt_force_stop(s->algorithm);
    return value;
}

static gz_status create(gz_context *context, gz_mobility *mobility, nlopt_algorithm algorithm, void **self) {
    quasi_newton *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    GZ_TRY(gz_iterate_init(context, mobility, &s->iterate));
    const size_t size = s->iterate.grid->size;
    double **work[] = {&s->scale, &s->z, &s->best, &s->y, &s->Ky, &s->slope};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(context, size, sizeof(double), work[i]));
    s->algorithm = nlopt_create(algorithm, (unsigned)size);
    if (!s->algorithm || nlopt_set_min_objective(s->algorithm, objective, s) < 0 ||
        nlopt_set_vector_storage(s->algorithm, STORED_VECTORS) < 0 || nlopt_set_maxeval(s->algorithm, 0) < 0)
        return gz_fail(context, GZ_ERROR_MEMORY, "out of memory: NLopt's optimizer for %zu unknowns", size);
    return GZ_OK;
}

static gz_status create_lbfgs(gz_context *context, gz_mobility *mobility, const char *preconditioner,
                              void **self) {
    (void)preconditioner;
    return create(context, mobility, NLOPT_LD_LBFGS, self);
}

static gz_status create_tnewton(gz_context *context, gz_mobility *mobility, const char *preconditioner,
                                void **self) {
    (void)preconditioner;
    return create(context, mobility, NLOPT_LD_TNEWTON_PRECOND_RESTART, self);
}

/* sqrt(<R, D^-1 R>) with the local Hessian diagonal D; sets the scale by the way. */
static double decrement(quasi_newton *s) {
    gz_iterate *it = &s->iterate;
    gz_dual_local_diagonal(it, s->scale);
    double squared = 0;
    for (size_t i = 0; i < it->grid->size; i++) squared += it->R[i] * it->R[i] / s->scale[i];
    const double result = sqrt(squared * it->grid->cell_volume);
    for (size_t i = 0; i < it->grid->size; i++)
        s->scale[i] = sqrt(it->grid->cell_volume * s->scale[i]) / result;
    return result;
}

/* One run of NLopt; the iterate moves to the best point seen. False if no value was finite. */
static bool run_pass(quasi_newton *s, double goal) {
    gz_iterate *it = &s->iterate;
    const size_t size = it->grid->size;
    it->at->decrement = decrement(s);
    memset(s->z, 0, size * sizeof *s->z);
    s->best_value = 0;
    s->best_norm = INFINITY;
    s->enough = GRADIENT_FALL; /* a predictor too goes all the way: its tail is the next mobility */
    if (!it->step->relative) s->enough = fmax(s->enough, 0.1 * goal / it->at->decrement);
    s->evaluations = 0;
    nlopt_set_force_stop(s->algorithm, 0);
    double value;
    nlopt_optimize(s->algorithm, s->z,
                   &value); /* its status says little at round-off: the best point counts */
    it->at->newton++;
    it->at->cg += s->evaluations;
    if (!isfinite(s->best_norm)) return false;
    for (size_t i = 0; i < size; i++) s->y[i] = s->best[i] / s->scale[i];
    gz_mobility_apply(it->mobility, s->y, s->Ky);
    gz_iterate_move(it, s->y, s->Ky);
    return true;
}

/* The last value of c and of E/P - c there. */
typedef struct secant {
    double c, gap;
    bool known;
} secant;

/* Move c towards E/P with w as it is. */
static void move_implicitness(quasi_newton *s, secant *last) {
    gz_iterate *it = &s->iterate;
    if (!gz_iterate_wants_implicitness(it)) return;
    const double c = it->at->implicitness, gap = it->entropy_change / it->psi_change - c;
    double dc = gap;
    if (last->known && gap != last->gap) dc = -gap * (c - last->c) / (gap - last->gap);
    if (!isfinite(dc) || fabs(dc) > 4 * fabs(gap)) dc = gap;
    *last = (secant){c, gap, true};
    it->at->implicitness = fmax(0.02, c + dc);
    if (it->at->implicitness > 0.9) {
        it->at->scale *= 2;
        gz_iterate_choose_implicitness(it, 0.7);
        gz_iterate_set_potential(it);
        last->known = false;
        return;
    }
    memset(s->y, 0, it->grid->size * sizeof *s->y);
    gz_iterate_move(it, s->y, NULL);
}

static gz_status minimise(void *self, const gz_convex_step *step, gz_minimum *at) {
    quasi_newton *s = self;
    gz_iterate *it = &s->iterate;
    GZ_TRY(gz_iterate_start(it, step, at));
    const double tolerance = step->tolerance > 0 ? step->tolerance : 1e-12, unit = sqrt(it->mass);
    const int most = step->max_iterations > 0 ? step->max_iterations : 80;
    double goal = tolerance * unit;
    secant last = {0};
    for (int passes = 0;; passes++) {
        bool finite = gz_iterate_evaluate(it);
        if (finite) {
            GZ_TRY(gz_iterate_restore_invariants(it, s->y));
            at->decrement = decrement(s);
            finite = isfinite(at->decrement);
        }
        if (!finite)
            return gz_fail(it->context, GZ_ERROR_NOT_CONVERGED,
                           "the step met numbers that are not finite after %d passes; try a smaller dt",
                           passes);
        if (step->relative && passes == 0) goal = fmax(tolerance * at->decrement, 1e-14 * unit);
        if (at->decrement < goal && gz_iterate_defect_is_right(it) && passes >= (step->relative ? 1 : 0))
            break;
        if (passes == most) return gz_iterate_not_converged(it, goal, passes);
        if (passes > 0) {
            move_implicitness(s, &last);
            gz_iterate_evaluate(it);
        }
        if (!run_pass(s, goal)) return gz_iterate_not_converged(it, goal, passes);
    }
    at->converged = true;
    return GZ_OK;
}

const gz_minimizer_method gz_minimizer_lbfgs = {"lbfgs", create_lbfgs, destroy, minimise, NULL};
const gz_minimizer_method gz_minimizer_tnewton = {"tnewton", create_tnewton, destroy, minimise, NULL};
