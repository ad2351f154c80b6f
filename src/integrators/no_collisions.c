/* No collisions: the step of every scheme where model.collisions is none. Free streaming is all that happens, f stays
 * positive, and J = D = A = 0.
 */
#include "functionals.h"
#include "integrator_method.h"

static gz_status create(const gz_integrator_parts *parts, void **self) {
    *self = (void *)parts;
    return GZ_OK;
}

static void destroy(void *self) {
    (void)self;
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    const gz_integrator_parts *parts = self;
    (void)dt;
    report->entropy_before = report->entropy_after = gz_entropy(parts->grid, f, log_f);
    report->converged = true;
    return GZ_OK;
}

const gz_integrator_method gz_integrator_no_collisions = {
    .name = "none", .create = create, .destroy = destroy, .collide = collide};
