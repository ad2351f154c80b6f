/* Newton's method for the convex step, for log f1 and the scalar c together. See convex_step.h; method "5.
 * The solver".
 *
 *   R = h (f1 - f0) + dt K w,   w = log f1 - c psi,   diag = h f1/(1 - c psi'),   M = diag + dt K
 *   F = <h f0, e^d - 1 - d> - c <h psi, f1 - f0>                    (zero: the chain rule is exact, J = 0)
 *
 * One iteration:  M y1 = -R;   once a step  M y2 = -diag psi  (the border);   with g = dF/dlog f1 = h [(f1 -
 * f0) (1 - c psi') - c psi f1], dc = -(F + <g, y1/(1 - c psi')>) / (<g, (y2 + psi)/(1 - c psi')> - <h psi, f1
 * - f0>),   y = y1 + dc y2, w += y, K w += K y (known from CG), and w is inverted for log f1 node by node.
 * Where this would move log f by much, the step is damped per node and K w recomputed. Before it returns, the
 * invariants are taken to round-off without an application (invariants.h).
 */
#include "fields.h"
#include "hessian_cg.h"
#include "implicitness.h"
#include "invariants.h"
#include "minimizer.h"

#include <math.h>
#include <string.h>

static const double LOG_FLOOR = -690;    /* exp still normal */
static const double NEAR = 1e-8;         /* residual below which round-off is worth removing */
static const double MOST_GATHERED = 10;  /* masses moved by directions before K w is computed anew */
static const double LARGEST_FALL = 15;   /* of log f at a node in one iteration */
static const double LITTLE_MASS = 1e-3;  /* moved by damping, below which its non-local effect can wait */
static const double CLOSE = 1e-5;        /* residual below which a K w with local parts is computed anew */
static const double TINY_CHANGE = 1e-26; /* of <psi, f1 - f0> over mass: f1 = f0 to round-off, c = 1/2 */

typedef enum sum { ENTROPY_CHANGE, PSI_CHANGE, RESIDUAL, ENTROPY, DISSIPATION, SUMS } sum;

typedef struct newton {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_fields fields;
    gz_local_solver *local;
    gz_deflation deflation;
    gz_hessian_cg cg;
    gz_invariants invariants;
    double *R, *diag, *y, *Ky, *border, *Kborder, *local_diagonal; /* [cell][node] */
    double *partial[SUMS];                                         /* [block] */
} newton;

/* Where one minimisation stands. */
typedef struct progress {
    const gz_convex_step *step;
    gz_minimum *at;
    double mass, decrement_goal;
    double value[SUMS];
    double gathered; /* sum of |dt K y|_1 over the directions y that K w was gathered from */
    bool has_border, has_local_diagonal;
    bool far; /* the last step was damped: log f still moves by much somewhere */
} progress;

static void destroy(void *self) {
    newton *s = self;
    if (!s) return;
    gz_local_solver_destroy(s->local);
    gz_deflation_free(&s->deflation);
    gz_hessian_cg_free(&s->cg);
    gz_invariants_free(&s->invariants);
    gz_fields_free(&s->fields);
    double *work[] = {s->R, s->diag, s->y, s->Ky, s->border, s->Kborder, s->local_diagonal};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    for (int k = 0; k < SUMS; k++) gz_release(s->partial[k]);
    gz_release(s);
}

static gz_status create(gz_context *context, gz_mobility *mobility, const char *preconditioner, void **self) {
    newton *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    s->context = context;
    s->mobility = mobility;
    s->grid = gz_mobility_grid(mobility);
    GZ_TRY(gz_fields_init(context, s->grid, &s->fields));
    GZ_TRY(gz_local_solver_create(&s->fields, mobility, preconditioner, &s->local));
    GZ_TRY(gz_deflation_init(&s->fields, s->local, &s->deflation));
    GZ_TRY(gz_hessian_cg_init(&s->fields, mobility, &s->deflation, &s->cg));
    const bool local = gz_kappa_is_local(&gz_mobility_get_settings(mobility)->kappa, s->grid);
    GZ_TRY(gz_invariants_init(&s->fields, local, &s->invariants));
    double **work[] = {&s->R, &s->diag, &s->y, &s->Ky, &s->border, &s->Kborder, &s->local_diagonal};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(context, s->grid->size, sizeof(double), work[i]));
    for (int k = 0; k < SUMS; k++)
        GZ_TRY(gz_allocate(context, s->fields.blocks, sizeof(double), &s->partial[k]));
    return GZ_OK;
}

/* <h psi(d), f1 - f0> and <h f0, e^d - 1 - d> of the present log f1 for a scale s: what determines c. */
static void implicitness_sums(newton *s, const progress *p, double scale, double *psi_change,
                              double *entropy_change) {
    const gz_convex_step *step = p->step;
#pragma omp parallel for num_threads(s->fields.threads) schedule(static) if (s->fields.threads > 1)
    for (size_t b = 0; b < s->fields.blocks; b++) {
        const gz_block block = gz_fields_block(&s->fields, b);
        double psi_sum = 0, entropy_sum = 0;
        for (size_t k = 0; k < block.count; k++) {
            const size_t i = block.first + k;
            const double d = p->at->log_f1[i] - step->log_f0[i], e = expm1(d);
            const double hf = s->grid->node_volume[block.node + k] * step->f0[i];
            double slope;
            psi_sum += hf * gz_psi(d, scale, &slope) * e;
            entropy_sum += hf * gz_relative_entropy_node(d, e);
        }
        s->partial[PSI_CHANGE][b] = psi_sum;
        s->partial[ENTROPY_CHANGE][b] = entropy_sum;
    }
    *psi_change = gz_fields_total(&s->fields, s->partial[PSI_CHANGE]);
    *entropy_change = gz_fields_total(&s->fields, s->partial[ENTROPY_CHANGE]);
}

/* w = log f1 - c psi and K w from scratch: one application. */
static void set_potential(newton *s, progress *p) {
    gz_minimum *at = p->at;
    for (size_t i = 0; i < s->grid->size; i++) {
        double slope;
        at->w[i] =
            at->log_f1[i] - at->implicitness * gz_psi(at->log_f1[i] - p->step->log_f0[i], at->scale, &slope);
    }
    gz_mobility_apply(s->mobility, at->w, at->Kw);
    p->gathered = 0;
}

/* |x|_1 dx. */
static double norm_1(newton *s, const double *x) {
    for (size_t b = 0; b < s->fields.blocks; b++) {
        const gz_block block = gz_fields_block(&s->fields, b);
        s->fields.partial[b] = 0;
        for (size_t i = block.first; i < block.first + block.count; i++) s->fields.partial[b] += fabs(x[i]);
    }
    return gz_fields_total(&s->fields, s->fields.partial);
}

/* Choose c for the present log f1, doubling the scale s until c <= limit (c < 1 exists for every density as s
 * grows). */
static void choose_implicitness(newton *s, progress *p, double limit) {
    gz_minimum *at = p->at;
    if (p->step->rule == GZ_WEIGHT_JKO) at->implicitness = 0;
    if (p->step->rule == GZ_WEIGHT_FIXED) at->implicitness = p->step->implicitness;
    if (p->step->rule != GZ_WEIGHT_ZERO_DEFECT) return;
    for (;; at->scale *= 2) {
        double psi_change, entropy_change;
        implicitness_sums(s, p, at->scale, &psi_change, &entropy_change);
        at->implicitness = psi_change > TINY_CHANGE * p->mass ? entropy_change / psi_change : 0.5;
        if (at->implicitness <= limit || at->scale > 1e6 || !isfinite(at->implicitness)) break;
    }
}

/* Residual, Hessian diagonal and all sums at the present (log f1, w, K w, c). */
static void evaluate(newton *s, progress *p) {
    const gz_convex_step *step = p->step;
    const gz_minimum *at = p->at;
    const double c = at->implicitness, dt = step->dt;
#pragma omp parallel for num_threads(s->fields.threads) schedule(static) if (s->fields.threads > 1)
    for (size_t b = 0; b < s->fields.blocks; b++) {
        const gz_block block = gz_fields_block(&s->fields, b);
        double total[SUMS] = {0};
        for (size_t k = 0; k < block.count; k++) {
            const size_t i = block.first + k;
            const double h = s->grid->node_volume[block.node + k], f0 = step->f0[i];
            const double d = at->log_f1[i] - step->log_f0[i], e = expm1(d), change = f0 * e, f1 = f0 + change;
            double slope;
            const double psi = gz_psi(d, at->scale, &slope);
            at->f1[i] = f1;
            s->diag[i] = h * f1 / (1 - c * slope);
            s->R[i] = h * change + dt * at->Kw[i];
            total[ENTROPY_CHANGE] += h * f0 * gz_relative_entropy_node(d, e);
            total[PSI_CHANGE] += h * psi * change;
            total[RESIDUAL] += fabs(s->R[i]);
            total[ENTROPY] += h * f1 * at->log_f1[i];
            total[DISSIPATION] += at->w[i] * at->Kw[i];
        }
        for (int k = 0; k < SUMS; k++) s->partial[k][b] = total[k];
    }
    for (int k = 0; k < SUMS; k++) p->value[k] = gz_fields_total(&s->fields, s->partial[k]);
    p->at->entropy = p->value[ENTROPY];
    p->at->dissipation = p->value[DISSIPATION];
    p->at->residual = p->value[RESIDUAL] / p->mass;
    p->at->defect = p->value[ENTROPY] - p->at->entropy0 + dt * p->value[DISSIPATION];
}

static bool is_finite(const progress *p) {
    for (int k = 0; k < SUMS; k++)
        if (!isfinite(p->value[k])) return false;
    return isfinite(p->at->implicitness);
}

/* J as the chain rule has it for the present c: zero with the c of zero_defect, -KL(f0|f1) for jko. What
 * differs from it is <w, R>. A predictor need not care. */
static bool defect_is_right(const progress *p) {
    const bool zero = p->step->rule == GZ_WEIGHT_ZERO_DEFECT;
    const double chain = zero ? 0 : p->at->implicitness * p->value[PSI_CHANGE] - p->value[ENTROPY_CHANGE];
    return p->step->relative || fabs(p->at->defect - chain) < 5e-14 * p->mass;
}

/* dc of the bordered system; 0 where c is given or nothing has changed yet. */
static double implicitness_step(newton *s, const progress *p) {
    const gz_convex_step *step = p->step;
    const gz_minimum *at = p->at;
    if (!p->has_border) return 0;
    const double c = at->implicitness;
#pragma omp parallel for num_threads(s->fields.threads) schedule(static) if (s->fields.threads > 1)
    for (size_t b = 0; b < s->fields.blocks; b++) {
        const gz_block block = gz_fields_block(&s->fields, b);
        double along_y = 0, along_border = 0;
        for (size_t k = 0; k < block.count; k++) {
            const size_t i = block.first + k;
            double slope;
            const double psi = gz_psi(at->log_f1[i] - step->log_f0[i], at->scale, &slope),
                         rise = 1 - c * slope;
            const double g = s->grid->node_volume[block.node + k] *
                             ((at->f1[i] - step->f0[i]) * rise - c * psi * at->f1[i]);
            along_y += g * s->y[i] / rise;
            along_border += g * (s->border[i] + psi) / rise;
        }
        s->partial[0][b] = along_y;
        s->partial[1][b] = along_border;
    }
    const double F = p->value[ENTROPY_CHANGE] - c * p->value[PSI_CHANGE];
    const double dc = -(F + gz_fields_total(&s->fields, s->partial[0])) /
                      (gz_fields_total(&s->fields, s->partial[1]) - p->value[PSI_CHANGE]);
    return isfinite(dc) ? fmax(fmax(-0.2, 0.02 - c), fmin(fmin(0.2, 0.95 - c), dc)) : 0;
}

/* The change x of log f at a node for a linear step dl: hf (e^x - 1) + k x = (hf + k) dl, the node's own
 * equation with the local diagonal k of dt K. Where f is far too high and k small the linear step would be -1
 * time and again. */
static double damped(double dl, double hf, double k) {
    if (fabs(dl) <= 0.05) return dl;
    const double ratio = fmin(fmax(k, 0) / hf, 1e250);
    double x = dl > 0 ? fmin(dl, log1p((1 + ratio) * dl)) : dl;
    for (int i = 0; i < 30; i++) {
        const double e = exp(fmin(x, 300));
        const double move = ((e - 1 + ratio * x) / (1 + ratio) - dl) / ((e + ratio) / (1 + ratio));
        x = fmax(x - move, -LARGEST_FALL);
        if (fabs(move) < 1e-12 * fabs(x) || (x == -LARGEST_FALL && move > 0)) break;
    }
    return x;
}

/* w += y, exactly, and log f1 by inverting w. */
static void take_linear_step(newton *s, progress *p, const double *linear) {
    gz_minimum *at = p->at;
    p->gathered += p->step->dt * norm_1(s, s->Ky);
#pragma omp parallel for num_threads(s->fields.threads) schedule(static) if (s->fields.threads > 1)
    for (size_t i = 0; i < s->grid->size; i++) {
        const double l0 = p->step->log_f0[i], guess = at->log_f1[i] - l0 + linear[i];
        at->w[i] += s->y[i];
        at->Kw[i] += s->Ky[i];
        at->log_f1[i] = l0 + gz_invert_potential(at->w[i] - l0, at->implicitness, at->scale, guess);
    }
}

/* log f1 += taken, node by node. Where this differs from the linear step only at nodes of little mass, their
 * part of K w is taken from K_local, which needs no transform; K w is then computed anew near the solution.
 */
static void take_damped_step(newton *s, progress *p, const double *taken) {
    gz_minimum *at = p->at;
    const size_t size = s->grid->size;
    double *extra = s->cg.p, *K_extra = s->cg.Kp, moved = 0; /* free between solves */
    for (size_t i = 0; i < size; i++) {
        double slope;
        at->log_f1[i] = fmax(at->log_f1[i] + taken[i], LOG_FLOOR);
        const double psi = gz_psi(at->log_f1[i] - p->step->log_f0[i], at->scale, &slope);
        extra[i] = at->log_f1[i] - at->implicitness * psi - (at->w[i] + s->y[i]);
        moved += s->diag[i] * fabs(extra[i]);
    }
    if (!(moved * s->grid->cell_volume < LITTLE_MASS * p->mass)) {
        set_potential(s, p);
        return;
    }
    gz_mobility_apply_local(s->mobility, extra, K_extra);
    for (size_t i = 0; i < size; i++) {
        at->w[i] += s->y[i] + extra[i];
        at->Kw[i] += s->Ky[i] + K_extra[i];
    }
    p->gathered = INFINITY;
}

/* Take the step y (with change dc): exactly in w, or damped per node where the linear step is not to be
 * trusted. */
static void update(newton *s, progress *p, double dc) {
    const gz_convex_step *step = p->step;
    gz_minimum *at = p->at;
    const double c = at->implicitness;
    if (!p->has_local_diagonal) {
        gz_mobility_local_diagonal(s->mobility, s->local_diagonal);
        p->has_local_diagonal = true;
    }
    double worst = 0;
    double *linear = s->cg.r, *taken = s->cg.z; /* free between solves */
#pragma omp parallel for num_threads(s->fields.threads) schedule(static)                                     \
    reduction(max                                                                                            \
              : worst) if (s->fields.threads > 1)
    for (size_t i = 0; i < s->grid->size; i++) {
        double slope;
        const double psi = gz_psi(at->log_f1[i] - step->log_f0[i], at->scale, &slope);
        linear[i] = (s->y[i] + dc * psi) / (1 - c * slope);
        taken[i] = damped(linear[i], s->diag[i], step->dt * s->local_diagonal[i]);
        const double difference = fabs(taken[i] - linear[i]);
        worst = difference <= worst ? worst : difference; /* a NaN is the worst */
    }
    at->implicitness = c + dc;
    p->far = !(worst < 0.01); /* true for NaN too */
    if (worst < 0.5)
        take_linear_step(s, p, linear);
    else
        take_damped_step(s, p, taken);
    if (step->rule == GZ_WEIGHT_ZERO_DEFECT && at->implicitness > 0.9) {
        at->scale *= 2;
        choose_implicitness(s, p, 0.7);
        set_potential(s, p);
    }
}

/* Near the solution, take to round-off what is exact in exact arithmetic, without an application of K: <phi,
 * K w> = 0 for null vectors phi (K w, gathered over many directions, carries round-off of the largest of
 * them), and mass, momentum and energy of f1 (a Newton step in the null space, which leaves K w alone). */
static gz_status restore_invariants(newton *s, progress *p) {
    gz_minimum *at = p->at;
    const size_t size = s->grid->size, nodes = s->grid->node_count;
    double *change = s->cg.r; /* h (f1 - f0); free between solves */
    if (p->gathered > MOST_GATHERED * p->mass) set_potential(s, p);
    GZ_TRY(gz_invariants_step(&s->invariants, at->Kw, s->diag, s->y));
    for (size_t i = 0; i < size; i++) at->Kw[i] += s->diag[i] * s->y[i];
    for (int k = 0; k < 3; k++) {
        for (size_t i = 0; i < size; i++)
            change[i] = s->grid->node_volume[i % nodes] * (at->f1[i] - p->step->f0[i]);
        if (gz_invariants_violation(&s->invariants, change, p->step->f0) <= 1e-15) break;
        GZ_TRY(gz_invariants_step(&s->invariants, change, s->diag, s->y));
        for (size_t i = 0; i < size; i++) {
            const double l0 = p->step->log_f0[i], guess = at->log_f1[i] - l0 + s->y[i];
            at->w[i] += s->y[i];
            at->log_f1[i] = l0 + gz_invert_potential(at->w[i] - l0, at->implicitness, at->scale, guess);
        }
        evaluate(s, p);
    }
    evaluate(s, p);
    return GZ_OK;
}

/* The Newton direction y, K y, and the change of c with its border. */
static gz_status direction(newton *s, progress *p, double *dc) {
    gz_minimum *at = p->at;
    const size_t size = s->grid->size;
    const double decrement = at->decrement / sqrt(p->mass), tolerance = p->decrement_goal / sqrt(p->mass);
    const double eta = fmin(0.1, fmax(fmax(3 * decrement, 0.3 * tolerance / decrement), 1e-4));
    GZ_TRY(gz_hessian_cg_solve(&s->cg, eta, s->y, s->Ky, &at->cg));
    const bool wants_border =
        p->step->rule == GZ_WEIGHT_ZERO_DEFECT && p->value[ENTROPY_CHANGE] > TINY_CHANGE * p->mass;
    const bool needs_border = wants_border && !p->has_border;
    if (needs_border) {
        for (size_t i = 0; i < size; i++) {
            double slope;
            s->cg.r[i] = -s->diag[i] * gz_psi(at->log_f1[i] - p->step->log_f0[i], at->scale, &slope);
        }
        GZ_TRY(gz_deflation_apply(&s->deflation, s->cg.r, s->cg.z));
        GZ_TRY(gz_hessian_cg_solve(&s->cg, 1e-2, s->border, s->Kborder, &at->cg));
        p->has_border = true;
    }
    gz_deflation_remember(&s->deflation, s->y, s->Ky);
    if (needs_border) gz_deflation_remember(&s->deflation, s->border, s->Kborder);
    *dc = implicitness_step(s, p);
    for (size_t i = 0; *dc != 0 && i < size; i++) {
        s->y[i] += *dc * s->border[i];
        s->Ky[i] += *dc * s->Kborder[i];
    }
    return GZ_OK;
}

static gz_status start(newton *s, progress *p) {
    gz_minimum *at = p->at;
    const gz_convex_step *step = p->step;
    double mass = 0, entropy = 0;
    for (size_t b = 0; b < s->fields.blocks; b++) {
        const gz_block block = gz_fields_block(&s->fields, b);
        double block_mass = 0, block_entropy = 0;
        for (size_t k = 0; k < block.count; k++) {
            const double hf = s->grid->node_volume[block.node + k] * step->f0[block.first + k];
            block_mass += hf;
            block_entropy += hf * step->log_f0[block.first + k];
        }
        mass += block_mass;
        entropy += block_entropy;
    }
    p->mass = mass * s->grid->cell_volume;
    at->entropy0 = entropy * s->grid->cell_volume;
    if (!isfinite(p->mass) || !isfinite(at->entropy0) || !(p->mass > 0))
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "the density at the start of the step is not finite");
    at->scale = 1;
    at->newton = at->cg = 0;
    at->converged = false;
    at->decrement = INFINITY;
    gz_deflation_clear(&s->deflation);
    choose_implicitness(s, p, 0.7);
    set_potential(s, p);
    return GZ_OK;
}

static gz_status not_converged(newton *s, const progress *p, int iterations) {
    const gz_minimum *at = p->at;
    const char *what =
        !defect_is_right(p) && at->decrement < p->decrement_goal ? "defect J" : "Newton decrement";
    return gz_fail(
        s->context, GZ_ERROR_NOT_CONVERGED,
        "%s stalled after %d iterations: decrement %.1e (goal %.1e), residual %.1e, J %.1e, c %.2f; "
        "try a smaller dt or more max_iterations",
        what, iterations, at->decrement, p->decrement_goal, at->residual, at->defect, at->implicitness);
}

static gz_status minimise(void *self, const gz_convex_step *step, gz_minimum *minimum) {
    newton *s = self;
    progress p = {.step = step, .at = minimum};
    GZ_TRY(start(s, &p));
    const double tolerance = step->tolerance > 0 ? step->tolerance : 1e-12;
    const int most = step->max_iterations > 0 ? step->max_iterations : 80;
    p.decrement_goal = tolerance * sqrt(p.mass);
    for (int iteration = 0;; iteration++) {
        evaluate(s, &p);
        if (!is_finite(&p))
            return gz_fail(
                s->context, GZ_ERROR_NOT_CONVERGED,
                "the step met numbers that are not finite after %d Newton iterations; try a smaller dt",
                iteration);
        if (isinf(p.gathered) && minimum->residual < CLOSE) {
            set_potential(s, &p);
            evaluate(s, &p);
        }
        if (!step->relative && minimum->residual < NEAR) GZ_TRY(restore_invariants(s, &p));
        bool done = !step->relative && minimum->residual < 2e-13 && defect_is_right(&p);
        if (!done) {
            GZ_TRY(gz_local_solver_prepare(s->local, s->diag, step->dt, p.far));
            GZ_TRY(gz_deflation_prepare(&s->deflation, s->diag, step->dt));
            for (size_t i = 0; i < s->grid->size; i++) s->cg.r[i] = -s->R[i];
            GZ_TRY(gz_deflation_apply(&s->deflation, s->cg.r, s->cg.z));
            const double squared = gz_fields_dot(&s->fields, s->cg.r, s->cg.z);
            if (!(squared >= 0) || !isfinite(squared)) return not_converged(s, &p, iteration);
            minimum->decrement = sqrt(squared);
            if (step->relative && iteration == 0)
                p.decrement_goal = fmax(tolerance * minimum->decrement, 1e-14 * sqrt(p.mass));
            done = minimum->decrement < p.decrement_goal && defect_is_right(&p) &&
                   iteration >= (step->relative ? 1 : 0);
        }
        if (done) break;
        if (iteration == most) return not_converged(s, &p, iteration);
        double dc = 0;
        GZ_TRY(direction(s, &p, &dc));
        update(s, &p, dc);
        minimum->newton++;
    }
    minimum->converged = true;
    return GZ_OK;
}

const gz_minimizer_method gz_minimizer_newton = {"newton", create, destroy, minimise};
