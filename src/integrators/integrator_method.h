/* The contract of a member of the integrator family. Not installed; see integrator.h for what users see. */
#ifndef GZ_INTEGRATOR_METHOD_H
#define GZ_INTEGRATOR_METHOD_H

#include "integrator.h"
#include "streaming.h"

/* What every member is given: grid, equation, settings, and the mobility and streaming made for them. */
typedef struct gz_integrator_parts {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_integrator_settings settings;
    gz_mobility *mobility;
    gz_streaming *streaming; /* NULL where transport is off or there is no x */
} gz_integrator_parts;

typedef struct gz_integrator_method {
    const char *name;

    /* REQUIRED. All memory of later calls is made here; *self may be half-built on failure. `parts` outlives
     * self. */
    gz_status (*create)(const gz_integrator_parts *parts, void **self);

    /* REQUIRED. Accepts NULL and half-built objects. */
    void (*destroy)(void *self);

    /* REQUIRED. Collide for dt: from (f, log_f) to the same arrays, [cell][node]. On failure they may hold
     * anything (the caller keeps the state of the step's start). Fills the report's collision part. */
    gz_status (*collide)(void *self, double dt, double *f, double *log_f, gz_step_report *report);

    /* OPTIONAL. The last collision, see integrator.h. */
    void (*collision)(const void *self, gz_collision *collision);

    /* True: integrates the semi-discrete equation in settings.space_form. In the flux form f is the state: it
     * may be negative, it is what is streamed, and log_f follows from it (NaN where f <= 0). Otherwise log_f
     * is. */
    bool semi_discrete;

    /* OPTIONAL. Its grazing rate. */
    gz_status (*grazing_rate)(void *self, gz_grazing_rate *rate);

    /* OPTIONAL. What outlives a step, see integrator.h. */
    size_t (*memory)(void *self, gz_memory_block blocks[GZ_MEMORY_BLOCKS]);

    /* True: takes steps of its own inside dt, by settings.ode_tolerance. */
    bool chooses_steps;
} gz_integrator_method;

extern const gz_integrator_method gz_integrator_jko;
extern const gz_integrator_method gz_integrator_zero_defect;
extern const gz_integrator_method
    gz_integrator_landau_jko; /* jko with inner steps; not in the table of names */
extern const gz_integrator_method gz_integrator_euler;
extern const gz_integrator_method gz_integrator_ssprk3;
extern const gz_integrator_method gz_integrator_rk4;
extern const gz_integrator_method gz_integrator_rkl2;
extern const gz_integrator_method gz_integrator_arkode_erk;
extern const gz_integrator_method gz_integrator_cvode_bdf;

#endif
