/* Stability limit by power iteration, with J v from a difference quotient (semi_discrete.h). */
#include "stability.h"

#include <math.h>
#include <string.h>

struct gz_power_iteration {
    gz_semi_discrete *equation;
    const gz_phase_grid *grid;
    double *v, *Jv; /* [cell][node] */
};

/* The first v is pseudo-random, so that every mode is in it, and does not depend on the number of ranks. */
static void start(gz_power_iteration *s) {
    uint64_t state = 1;
    for (size_t i = 0, place = 0; i < s->grid->size; i++) {
        for (const size_t end = gz_phase_grid_whole(s->grid, i) + 1; place < end; place++)
            state = state * 6364136223846793005u + 1442695040888963407u;
        s->v[i] = (double)(state >> 11) * 0x1p-52 - 1;
    }
}

gz_status gz_power_iteration_create(gz_context *context, const gz_phase_grid *grid,
                                    gz_semi_discrete *equation, gz_power_iteration **iteration) {
    *iteration = NULL;
    gz_power_iteration *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->equation = equation;
    s->grid = grid;
    gz_status status = gz_allocate(context, grid->size, sizeof(double), &s->v);
    if (status == GZ_OK) status = gz_allocate(context, grid->size, sizeof(double), &s->Jv);
    if (status != GZ_OK) {
        gz_power_iteration_destroy(s);
        return status;
    }
    start(s);
    *iteration = s;
    return GZ_OK;
}

void gz_power_iteration_destroy(gz_power_iteration *s) {
    if (!s) return;
    gz_release(s->v);
    gz_release(s->Jv);
    gz_release(s);
}

double *gz_power_iteration_direction(gz_power_iteration *s) {
    return s->v;
}

/* The sum has a fixed order, since the number of stages of rkl2 depends on it. */
static double norm(const gz_phase_grid *grid, const double *v) {
    double sum = 0;
    for (size_t i = 0; i < grid->size; i++) sum += v[i] * v[i];
    gz_ranks_sum(grid->ranks, 1, &sum);
    return sqrt(sum);
}

gz_status gz_power_iteration_run(gz_power_iteration *s, const double *f, const double *rate, double tolerance,
                                 int most, double *radius) {
    double before = 0, now = 0;
    for (int i = 0; i < most; i++) {
        const double length = norm(s->grid, s->v);
        GZ_TRY(gz_semi_discrete_derivative(s->equation, f, rate, s->v, s->Jv));
        before = now;
        now = norm(s->grid, s->Jv) / length;
        for (size_t k = 0; k < s->grid->size; k++) s->v[k] = s->Jv[k] / (now * length);
        if (i > 0 && fabs(now - before) <= tolerance * now) break;
    }
    *radius = now;
    return GZ_OK;
}

gz_status gz_stability_radius(gz_context *context, gz_mobility *mobility, gz_space_form form, const double *f,
                              double *radius) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    gz_semi_discrete *equation = NULL;
    gz_power_iteration *power = NULL;
    double *rate = NULL;
    gz_status status;
    GZ_TRY_ELSE(status, gz_semi_discrete_create(context, mobility, form, &equation), done);
    GZ_TRY_ELSE(status, gz_power_iteration_create(context, grid, equation, &power), done);
    GZ_TRY_ELSE(status, gz_allocate(context, grid->size, sizeof *rate, &rate), done);
    GZ_TRY_ELSE(status, gz_semi_discrete_rate(equation, f, rate), done);
    status = gz_power_iteration_run(power, f, rate, 1e-4, 500, radius);
done:
    gz_release(rate);
    gz_power_iteration_destroy(power);
    gz_semi_discrete_destroy(equation);
    return status;
}

double gz_stability_interval(const char *scheme) {
    static const struct {
        const char *scheme;
        double length;
    } INTERVALS[] = {{"euler", 2}, {"rk2", 2}, {"ssprk3", 2.512745326618329}, {"rk4", 2.785293563405282}};
    for (size_t i = 0; i < sizeof INTERVALS / sizeof *INTERVALS; i++)
        if (strcmp(INTERVALS[i].scheme, scheme) == 0) return INTERVALS[i].length;
    return 0;
}

long gz_stability_stages(double z) {
    const double least = ceil(0.5 * (sqrt(9 + 8 * z) - 1));
    if (!(least <= 1e5)) return 0;
    return least < 3 ? 3 : (long)least | 1;
}
