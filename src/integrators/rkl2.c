/* Super time stepping with a fixed step: the Runge-Kutta-Legendre method of second order (rkl2_stages.h), with as many
 * stages as the step dt asks for. One power iteration a step keeps the spectral radius up to date (stability.h).
 */
#include "rkl2_stages.h"

#include <string.h>

typedef struct fixed {
    gz_rkl2 rkl2;
    double knows_radius; /* 1 after the first step */
} fixed;

static void destroy(void *self) {
    fixed *s = self;
    if (!s) return;
    gz_rkl2_free(&s->rkl2);
    gz_release(s);
}

static gz_status create(const gz_integrator_parts *parts, void **self) {
    fixed *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    return gz_rkl2_init(parts, "rkl2", &s->rkl2);
}

static gz_status step(fixed *s, double dt, double *f) {
    gz_rkl2 *r = &s->rkl2;
    const size_t bytes = r->ode.parts->grid->size * sizeof *f;
    double radius = 0;
    long stages = 0;
    memcpy(r->Y0, f, bytes);
    GZ_TRY(gz_ode_advise(&r->ode, gz_semi_discrete_rate(r->ode.equation, r->Y0, r->F0)));
    const int most = s->knows_radius > 0 ? 1 : GZ_RKL2_FIRST_ITERATIONS;
    GZ_TRY(gz_ode_advise(&r->ode, gz_rkl2_radius(r, most, &radius)));
    s->knows_radius = 1;
    GZ_TRY(gz_ode_advise(&r->ode, gz_rkl2_count(r, dt, radius, &stages)));
    GZ_TRY(gz_ode_advise(&r->ode, gz_rkl2_step(r, dt, stages)));
    memcpy(f, r->now, bytes);
    return GZ_OK;
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    fixed *s = self;
    gz_ode_begin(&s->rkl2.ode, f, report);
    return gz_ode_end(&s->rkl2.ode, step(s, dt, f), f, log_f, false, report);
}

static size_t memory(void *self, gz_memory_block blocks[GZ_MEMORY_BLOCKS]) {
    fixed *s = self;
    blocks[0] = (gz_memory_block){.name = "rkl2_direction",
                                  .count = s->rkl2.ode.parts->grid->size,
                                  .values = gz_power_iteration_direction(s->rkl2.power),
                                  .is_field = true};
    blocks[1] = (gz_memory_block){.name = "rkl2_knows_radius", .count = 1, .values = &s->knows_radius};
    return 2;
}

const gz_integrator_method gz_integrator_rkl2 = {.name = "rkl2",
                                                 .create = create,
                                                 .destroy = destroy,
                                                 .collide = collide,
                                                 .semi_discrete = true,
                                                 .memory = memory};
