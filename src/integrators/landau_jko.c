/* True minimising movement: `jko` with time.inner_steps > 0 (landau_path.h).
 *
 *   f1 minimises H(f) + d(f0, f)^2/(2 dt),
 *
 * where d is the Landau distance in M inner steps, with a mobility that follows the path. The minimisation
 * starts at the step of `jko` without inner steps, whose mobility is frozen at f0. The stencils of d are those
 * of sqrt(f0 f1), as in the command `distance`, not those of f0 (landau_path.h). Both are of first order in
 * dt, and they differ by O(dt^2) a step. In the report D_step and A are the mean action over the path,
 * d^2/dt^2, so that J = H(f1) - H(f0) + d^2/dt is minus the numerical dissipation. `newton` counts the
 * evaluations of the path and `cg` the applications of K.
 */
#include "functionals.h"
#include "integrator_method.h"
#include "landau_path.h"
#include "minimizer.h"
#include "mobility_cap.h"

#include <string.h>

typedef struct landau_jko {
    const gz_integrator_parts *parts;
    const gz_minimizer_method *method;
    void *minimizer;
    gz_landau_path *path;
    double *f0, *log_f0, *mobility, *w, *Kw; /* [cell][node] */
} landau_jko;

static void destroy(void *self) {
    landau_jko *s = self;
    if (!s) return;
    if (s->method) s->method->destroy(s->minimizer);
    gz_landau_path_destroy(s->path);
    double *work[] = {s->f0, s->log_f0, s->mobility, s->w, s->Kw};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status create(const gz_integrator_parts *parts, void **self) {
    const gz_integrator_settings *settings = &parts->settings;
    landau_jko *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    s->parts = parts;
    double **work[] = {&s->f0, &s->log_f0, &s->mobility, &s->w, &s->Kw};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(parts->context, parts->grid->size, sizeof(double), work[i]));
    const gz_path_settings path = {.steps = (size_t)settings->inner_steps,
                                   .preconditioner = settings->preconditioner};
    GZ_TRY(gz_landau_path_create(parts->context, parts->mobility, &path, &s->path));
    s->method = gz_minimizer_find(settings->minimizer);
    if (!s->method)
        return gz_fail(parts->context, GZ_ERROR_SETTINGS, "unknown minimizer '%s'", settings->minimizer);
    return s->method->create(parts->context, parts->mobility, settings->preconditioner, &s->minimizer);
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    landau_jko *s = self;
    const gz_phase_grid *grid = s->parts->grid;
    memcpy(s->f0, f, grid->size * sizeof *f);
    memcpy(s->log_f0, log_f, grid->size * sizeof *log_f);
    const gz_convex_step step = {.f0 = s->f0,
                                 .log_f0 = s->log_f0,
                                 .dt = dt,
                                 .rule = GZ_WEIGHT_JKO,
                                 .tolerance = s->parts->settings.tolerance,
                                 .max_iterations = s->parts->settings.max_iterations};
    gz_minimum frozen = {.log_f1 = log_f, .f1 = f, .w = s->w, .Kw = s->Kw};
    gz_path_report path = {0};
    gz_mobility_set_capped(s->parts->mobility, log_f, NULL, s->mobility);
    gz_status status = s->method->minimise(s->minimizer, &step, &frozen);
    report->entropy_before = frozen.entropy0;
    if (status == GZ_OK)
        status = gz_advise(s->parts->context, gz_landau_path_step(s->path, s->log_f0, dt, log_f, f, &path),
                           "try fewer time.inner_steps or a smaller dt");
    report->work.newton = frozen.work.newton + path.evaluations;
    report->work.cg = frozen.work.cg + path.applications;
    report->decrement = path.gradient;
    report->dissipation = report->action = path.action;
    report->converged = status == GZ_OK;
    if (status != GZ_OK) return status;
    report->entropy_after = gz_entropy(grid, f, log_f);
    report->defect = report->entropy_after - report->entropy_before + dt * path.action;
    return GZ_OK;
}

const gz_integrator_method gz_integrator_landau_jko = {
    .name = "jko", .create = create, .destroy = destroy, .collide = collide};
