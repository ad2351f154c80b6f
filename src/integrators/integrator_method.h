/* The contract of a member of the integrator family; integrator.h is what users see. Not installed. */
#ifndef GZ_INTEGRATOR_METHOD_H
#define GZ_INTEGRATOR_METHOD_H

#include "integrator.h"
#include "transport.h"

/* What every member receives: the grid, the settings, and the mobility and transport made for them. */
typedef struct gz_integrator_parts {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_integrator_settings settings;
    gz_mobility *mobility;
    gz_transport *transport; /* NULL if transport is off or nothing moves */
    gz_streaming *streaming; /* of the transport; NULL if nothing moves along x */
} gz_integrator_parts;

typedef struct gz_integrator_method {
    const char *name;

    /* REQUIRED. All memory of later calls is made here; *self may be half-built on failure. `parts` outlives
     * self. */
    gz_status (*create)(const gz_integrator_parts *parts, void **self);

    /* REQUIRED. Accepts NULL and half-built objects. */
    void (*destroy)(void *self);

    /* REQUIRED. Collide for dt; f and log_f, [cell][node], are changed in place. On failure they may hold
     * anything (the caller keeps the state before the step). Fills the collision part of the report. */
    gz_status (*collide)(void *self, double dt, double *f, double *log_f, gz_step_report *report);

    /* OPTIONAL. A whole step of dt, free streaming included. f and log_f are untouched if it is refused
     * (GZ_ERROR_NOT_CONVERGED). Then, and without this operation, the step is split, and `collide` does its
     * middle part. */
    gz_status (*advance)(void *self, double dt, double *f, double *log_f, gz_step_report *report);

    /* OPTIONAL. The number of stages of the last step; without this operation it has one. */
    size_t (*stages)(const void *self);

    /* OPTIONAL. A stage of the last collision, as gz_integrator_collision describes it; sets the mobility to
     * that of the stage. */
    void (*collision)(void *self, size_t stage, gz_collision *collision);

    /* True if the member integrates the semi-discrete equation in settings.space_form. In the flux form f is
     * the state: it may be negative, free streaming shifts f itself, and log_f follows from f (NaN where
     * f <= 0). In all other cases log_f is the state. */
    bool semi_discrete;

    /* OPTIONAL. The grazing rate of a stage, which `collision` has just filled. */
    gz_status (*grazing_rate)(void *self, const gz_collision *collision, gz_grazing_rate *rate);

    /* OPTIONAL. What outlives a step, as gz_integrator_memory describes it. */
    size_t (*memory)(void *self, gz_memory_block blocks[GZ_MEMORY_BLOCKS]);

    /* True if the member takes steps of its own inside dt, by settings.ode_tolerance. */
    bool chooses_steps;
} gz_integrator_method;

extern const gz_integrator_method gz_integrator_jko;
extern const gz_integrator_method gz_integrator_zero_defect;
extern const gz_integrator_method gz_integrator_zero_defect4;
extern const gz_integrator_method
    gz_integrator_landau_jko; /* jko with inner steps; not in the table of names */
extern const gz_integrator_method gz_integrator_certified_explicit; /* nor is this */
extern const gz_integrator_method gz_integrator_no_collisions;      /* nor this */
extern const gz_integrator_method gz_integrator_euler;
extern const gz_integrator_method gz_integrator_rk2;
extern const gz_integrator_method gz_integrator_ssprk3;
extern const gz_integrator_method gz_integrator_rk4;
extern const gz_integrator_method gz_integrator_rkl2;
extern const gz_integrator_method gz_integrator_rkl2_adaptive;
extern const gz_integrator_method gz_integrator_arkode_erk;
extern const gz_integrator_method gz_integrator_arkode_dirk;
extern const gz_integrator_method gz_integrator_cvode_bdf;

#endif
