/* Integrator `zero_defect4`: order 4 with J = 0, free streaming included (lobatto.h).
 *
 * A step that is refused is done by zero_defect, split, and the next 2, then 4, then 8 steps too: a giant step is
 * refused again as a rule. After a step that was not refused it begins with 2 again.
 */
#include "lobatto.h"

#include <string.h>

enum { FEW = 2, MANY = 8 };

typedef struct zero_defect4 {
    gz_integrator_parts parts; /* of the split step, whose mobility is never extrapolated over other steps */
    gz_lobatto lobatto;
    void *split;     /* zero_defect */
    double waiting;  /* steps until the next attempt */
    double patience; /* waiting after the last refusal; 0: there was none */
    bool whole;      /* the last step was not split */
    bool refused;    /* it was tried, and refused */
} zero_defect4;

static void destroy(void *self) {
    zero_defect4 *s = self;
    if (!s) return;
    gz_lobatto_free(&s->lobatto);
    gz_integrator_zero_defect.destroy(s->split);
    gz_release(s);
}

static gz_status create(const gz_integrator_parts *parts, void **self) {
    zero_defect4 *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    s->parts = *parts;
    if (s->parts.settings.mobility_at == GZ_AT_EXTRAPOLATED) s->parts.settings.mobility_at = GZ_AT_PREDICTOR;
    if (parts->streaming && parts->grid->boundary == GZ_BOX)
        return gz_fail(
            parts->context, GZ_ERROR_SETTINGS,
            "zero_defect4 needs periodic x, since it streams back in time; in a box use zero_defect");
    if (gz_transport_has_kicks(parts->transport))
        return gz_fail(parts->context, GZ_ERROR_SETTINGS,
                       "zero_defect4 streams freely; with a force or a field use zero_defect");
    if (parts->settings.collisions > 1)
        return gz_fail(parts->context, GZ_ERROR_SETTINGS,
                       "zero_defect4 is not split, so that it has no several collisions between two shifts");
    GZ_TRY(gz_lobatto_init(parts, &s->lobatto));
    return gz_integrator_zero_defect.create(&s->parts, &s->split);
}

static gz_status advance(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    zero_defect4 *s = self;
    s->whole = s->refused = false;
    if (s->waiting > 0)
        return gz_fail(s->parts.context, GZ_ERROR_NOT_CONVERGED,
                       "a step of zero_defect4 was refused shortly before");
    const gz_status status = gz_lobatto_step(&s->lobatto, dt, f, log_f, report);
    s->whole = status == GZ_OK;
    s->refused = status == GZ_ERROR_NOT_CONVERGED;
    if (s->whole) s->patience = 0;
    if (s->refused && s->parts.settings.never_split) gz_lobatto_forget(&s->lobatto);
    return status;
}

/* The middle of a split step. What is remembered changes only when the step is done, since one that is interrupted is
 * taken once more after a restart. */
static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    zero_defect4 *s = self;
    GZ_TRY(gz_integrator_zero_defect.collide(s->split, dt, f, log_f, report));
    if (s->refused) {
        gz_lobatto_forget(&s->lobatto);
        s->patience = s->patience == 0 ? FEW : s->patience < MANY ? 2 * s->patience : MANY;
        s->waiting = s->patience;
    } else {
        s->waiting--;
    }
    return GZ_OK;
}

static size_t stages(const void *self) {
    const zero_defect4 *s = self;
    return s->whole ? GZ_LOBATTO_STAGES : 1;
}

static void collision(void *self, size_t stage, gz_collision *collision) {
    zero_defect4 *s = self;
    if (s->whole)
        gz_lobatto_stage(&s->lobatto, stage, collision);
    else
        gz_integrator_zero_defect.collision(s->split, stage, collision);
}

static gz_status grazing_rate(void *self, const gz_collision *collision, gz_grazing_rate *rate) {
    zero_defect4 *s = self;
    if (!s->whole) return gz_integrator_zero_defect.grazing_rate(s->split, collision, rate);
    return gz_pair_optimal_rate(s->parts.context, s->parts.mobility, collision->w, rate);
}

static size_t memory(void *self, gz_memory_block blocks[GZ_MEMORY_BLOCKS]) {
    zero_defect4 *s = self;
    gz_lobatto *lobatto = &s->lobatto;
    const struct {
        const char *name;
        double *values;
    } fields[] = {{"zero_defect4_change", lobatto->change},
                  {"zero_defect4_middle", lobatto->row[0].missed},
                  {"zero_defect4_end", lobatto->row[1].missed},
                  {"zero_defect4_log_rate", lobatto->tail.log_rate}},
      numbers[] = {{"zero_defect4_dt", &lobatto->last_dt},
                   {"zero_defect4_waiting", &s->waiting},
                   {"zero_defect4_patience", &s->patience}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++, count++)
        blocks[count] = (gz_memory_block){.name = fields[i].name,
                                          .count = s->parts.grid->size,
                                          .values = fields[i].values,
                                          .is_field = true};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++, count++)
        blocks[count] = (gz_memory_block){.name = numbers[i].name, .count = 1, .values = numbers[i].values};
    return count;
}

const gz_integrator_method gz_integrator_zero_defect4 = {.name = "zero_defect4",
                                                         .create = create,
                                                         .destroy = destroy,
                                                         .advance = advance,
                                                         .collide = collide,
                                                         .stages = stages,
                                                         .collision = collision,
                                                         .grazing_rate = grazing_rate,
                                                         .memory = memory};
