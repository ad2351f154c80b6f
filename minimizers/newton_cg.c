/* Member `newton`: Newton's method (newton.h). Its systems are solved by flexible conjugate gradients,
 * preconditioned by the local Hessian (local_solver.h) and by deflation with the null space of K and earlier
 * directions (deflation.h). It takes O(N) storage and one to three applications of K an iteration, so that it
 * serves every size.
 */
#include "deflation.h"
#include "flexible_cg.h"
#include "minimizer.h"
#include "newton.h"

#include <math.h>

enum { MOST_ITERATIONS = 100 };

static const char ADVICE[] = "use a smaller dt or a finer velocity grid";

static const double SURE = 0.03; /* reduction by the local solver for which <r, P r> is right to 1e-3 */

typedef struct newton_cg {
    gz_newton newton;
    gz_local_solver *local;
    gz_deflation deflation;
    gz_flexible_cg cg;
    bool loaded; /* the preconditioner has been applied to cg.r crudely, and can go on from there */
} newton_cg;

static gz_status begin(void *self) {
    newton_cg *s = self;
    gz_local_solver_forget(s->local);
    gz_deflation_forget(&s->deflation);
    return GZ_OK;
}

static gz_status prepare(void *self, const double *diag, double dt, bool exact) {
    newton_cg *s = self;
    gz_status status = gz_local_solver_prepare(s->local, diag, dt, exact);
    if (status == GZ_OK) status = gz_deflation_prepare(&s->deflation, diag, dt);
    return gz_advise(s->newton.iterate.context, status, ADVICE);
}

static gz_status load(void *self, double factor, const double *field, bool sure, double *squared) {
    newton_cg *s = self;
    gz_fields_combine(&s->newton.iterate.fields, factor, field, 0, s->cg.r);
    const gz_local_goal goal = {.reduction = sure ? SURE : 1};
    const gz_status status = gz_deflation_apply(&s->deflation, s->cg.r, s->cg.z, goal, s->cg.Kp);
    GZ_TRY(gz_advise(s->newton.iterate.context, status, ADVICE));
    s->loaded = !sure && gz_local_solver_sweeps(s->local);
    *squared = gz_fields_dot(&s->newton.iterate.fields, s->cg.r, s->cg.z);
    return GZ_OK;
}

static gz_status precondition(void *self, double *r, double *z, double rest, double enough) {
    newton_cg *s = self;
    const gz_local_goal goal = {
        .reduction = fmin(fmax(0.3 * rest, 3e-4), 0.1), .negligible = enough, .again = s->loaded};
    s->loaded = false;
    return gz_deflation_apply(&s->deflation, r, z, goal, s->cg.Kp);
}

static gz_status solve(void *self, double tolerance, double *x, double *Kx, long *iterations) {
    newton_cg *s = self;
    const gz_cg_system system = {.diag = s->deflation.diag,
                                 .dt = s->deflation.dt,
                                 .precondition = precondition,
                                 .self = s,
                                 .reduction = tolerance,
                                 .most = MOST_ITERATIONS};
    gz_cg_report report;
    const gz_status status = gz_flexible_cg_solve(&s->cg, &system, x, Kx, &report);
    *iterations += report.iterations;
    return gz_advise(s->newton.iterate.context, status, ADVICE);
}

static void remember(void *self, const double *y, const double *Ky) {
    newton_cg *s = self;
    gz_deflation_remember(&s->deflation, y, Ky);
}

static const gz_newton_solver SOLVER = {begin, prepare, load, solve, remember};

static void destroy(void *self) {
    newton_cg *s = self;
    if (!s) return;
    gz_local_solver_destroy(s->local);
    gz_deflation_free(&s->deflation);
    gz_flexible_cg_free(&s->cg);
    gz_newton_free(&s->newton);
    gz_release(s);
}

static gz_status create(gz_context *context, gz_mobility *mobility, const char *preconditioner, void **self) {
    newton_cg *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    GZ_TRY(gz_newton_init(context, mobility, &SOLVER, s, &s->newton));
    gz_fields *fields = &s->newton.iterate.fields;
    GZ_TRY(gz_local_solver_create(fields, mobility, preconditioner, &s->local));
    GZ_TRY(gz_deflation_init(fields, gz_mobility_null_space(mobility), s->local, &s->deflation));
    return gz_flexible_cg_init(fields, mobility, &s->cg);
}

static gz_status minimise(void *self, const gz_convex_step *step, gz_minimum *minimum) {
    newton_cg *s = self;
    return gz_newton_minimise(&s->newton, step, minimum);
}

static gz_local_solver *sweeps(void *self) {
    const newton_cg *s = self;
    return gz_local_solver_sweeps(s->local) ? s->local : NULL;
}

const gz_minimizer_method gz_minimizer_newton = {
    .name = "newton", .create = create, .destroy = destroy, .minimise = minimise, .sweeps = sweeps};
