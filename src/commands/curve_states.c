/* Curve states: a ring of four states in memory, enough for one window. */
#include "curve_states.h"

#include "curve_file.h"
#include "excerpt.h"

#include <math.h>
#include <stdio.h>

enum { SLOTS = 4, LONGEST_PLACE = 256 };

struct gz_curve_states {
    gz_context *context;
    const gz_phase_grid *grid;
    const char *path;
    gz_curve_file *file;
    double *log_f[SLOTS]; /* [cell][node]: state k is in slot k mod SLOTS */
    size_t held[SLOTS];   /* 1 + the number of the state in the slot; 0: none */
    bool has_floor;
    gz_floor_report floor;
    bool *lifted[SLOTS], *lifted_of_window; /* [cell][node], with a floor: which values it has lifted */
};

void gz_curve_states_close(gz_curve_states *s) {
    if (!s) return;
    gz_curve_close(s->file);
    for (int k = 0; k < SLOTS; k++) {
        gz_release(s->log_f[k]);
        gz_release(s->lifted[k]);
    }
    gz_release(s->lifted_of_window);
    gz_release(s);
}

/* Name the place of value i: "x = (0.25), v = (-3, 1.5)". */
static void name_place(const gz_phase_grid *grid, size_t i, char *text) {
    const size_t cell = i / grid->node_count, node = i % grid->node_count;
    int length = 0;
    for (int a = 0; a < grid->space_dim; a++)
        length += snprintf(text + length, (size_t)(LONGEST_PLACE - length), "%s%g%s", a ? ", " : "x = (",
                           gz_phase_grid_position(grid, cell, a), a == grid->space_dim - 1 ? "), " : "");
    for (int a = 0; a < grid->velocity_dim; a++)
        length += snprintf(text + length, (size_t)(LONGEST_PLACE - length), "%s%g", a ? ", " : "v = (",
                           grid->node_velocity[a][node]);
    snprintf(text + length, (size_t)(LONGEST_PLACE - length), ")");
}

/* What the values of a curve are like, and where the first one is that has no logarithm. */
typedef struct survey {
    double least, largest; /* of the finite values */
    bool infinite;         /* there is a value that is not finite */
    size_t bad;            /* values without a logarithm in the state of the first one, the first of them */
    size_t state, where;   /* that is not finite if there is one */
    double value;
} survey;

static void look_at_state(const gz_curve_states *s, size_t state, const double *f, survey *found) {
    size_t bad = 0, where = 0;
    bool infinite = false;
    for (size_t i = s->grid->size; i-- > 0;) {
        if (isfinite(f[i])) {
            found->least = fmin(found->least, f[i]);
            found->largest = fmax(found->largest, f[i]);
            if (f[i] > 0) continue;
        }
        bad++;
        if (infinite && isfinite(f[i])) continue;
        infinite = !isfinite(f[i]);
        where = i;
    }
    if (bad == 0 || found->infinite || (found->bad > 0 && !infinite)) return;
    found->infinite = infinite;
    found->bad = bad;
    found->state = state;
    found->where = where;
    found->value = f[where];
}

/* What lifts all values of the curve. */
static void name_remedy(const survey *found, char *text, size_t size) {
    const double depth = fmax(-found->least / found->largest, 1e-13);
    if (found->infinite)
        snprintf(text, size, "no floor lifts what is no finite number");
    else if (!(found->largest > 0))
        snprintf(text, size, "f is positive nowhere, and there is nothing to lift it to");
    else
        snprintf(text, size,
                 "--floor E lifts f to E times its largest value; --floor %.0e is as small as the least "
                 "value, %.3g times the largest",
                 pow(10, ceil(log10(depth))), found->least / found->largest);
}

/* Name the first value without a logarithm. */
static gz_status refuse(const gz_curve_states *s, const survey *found) {
    char place[LONGEST_PLACE], remedy[200], path[GZ_SHOWN_PATH];
    name_place(s->grid, found->where, place);
    name_remedy(found, remedy, sizeof remedy);
    return gz_fail(s->context, GZ_ERROR_FILES,
                   "'%s': f is %g at %s at t = %g (state %zu, %zu of its %zu nodes); H, D and the "
                   "certificate need f > 0 everywhere; %s",
                   gz_excerpt(s->path, sizeof path, path), found->value, place,
                   gz_curve_times(s->file)[found->state], found->state, found->bad, s->grid->size, remedy);
}

/* Look at every value of the curve, and find the floor. */
static gz_status look_at_curve(gz_curve_states *s, double floor) {
    survey found = {.least = INFINITY, .largest = -INFINITY};
    for (size_t state = 0; state < gz_curve_count(s->file); state++) {
        GZ_TRY(gz_curve_read(s->file, state, s->log_f[0]));
        look_at_state(s, state, s->log_f[0], &found);
    }
    s->floor = (gz_floor_report){.value = floor * found.largest, .least = found.least};
    s->has_floor = floor > 0;
    if (found.bad == 0 || (s->has_floor && !found.infinite && s->floor.value > 0)) return GZ_OK;
    return refuse(s, &found);
}

static gz_status fill(gz_curve_states *s, const char *dataset, double floor) {
    GZ_TRY(gz_curve_open(s->context, s->grid, s->path, dataset, &s->file));
    char path[GZ_SHOWN_PATH];
    if (gz_curve_count(s->file) < 2)
        return gz_fail(s->context, GZ_ERROR_FILES,
                       "'%s' holds one state; a curve needs two (output.density: true and output.every)",
                       gz_excerpt(s->path, sizeof path, path));
    const size_t size = s->grid->size;
    for (int k = 0; k < SLOTS; k++) GZ_TRY(gz_allocate(s->context, size, sizeof(double), &s->log_f[k]));
    for (int k = 0; floor > 0 && k < SLOTS; k++)
        GZ_TRY(gz_allocate(s->context, size, sizeof(bool), &s->lifted[k]));
    if (floor > 0) GZ_TRY(gz_allocate(s->context, size, sizeof(bool), &s->lifted_of_window));
    return look_at_curve(s, floor);
}

gz_status gz_curve_states_open(gz_context *context, const gz_phase_grid *grid, const char *path,
                               const char *dataset, double floor, gz_curve_states **states) {
    *states = NULL;
    gz_curve_states *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->grid = grid;
    s->path = path;
    const gz_status status = fill(s, dataset, floor);
    if (status != GZ_OK) {
        gz_curve_states_close(s);
        return status;
    }
    *states = s;
    return GZ_OK;
}

size_t gz_curve_states_count(const gz_curve_states *s) {
    return gz_curve_count(s->file);
}

double gz_curve_states_time(const gz_curve_states *s, size_t state) {
    return gz_curve_times(s->file)[state];
}

const gz_floor_report *gz_curve_states_floor(const gz_curve_states *s) {
    return &s->floor;
}

/* Lift f, mark what is lifted, and count it. */
static void lift(gz_curve_states *s, double *f, bool *lifted) {
    const gz_phase_grid *grid = s->grid;
    double mass = 0;
    for (size_t i = 0; i < grid->size; i++) {
        lifted[i] = f[i] < s->floor.value;
        if (!lifted[i]) continue;
        s->floor.lifted++;
        mass += (s->floor.value - f[i]) * grid->node_volume[i % grid->node_count] * grid->cell_volume;
        f[i] = s->floor.value;
    }
    s->floor.values += grid->size;
    s->floor.mass = fmax(s->floor.mass, mass);
}

static gz_status load(gz_curve_states *s, size_t state, size_t slot) {
    double *log_f = s->log_f[slot];
    s->held[slot] = 0;
    GZ_TRY(gz_curve_read(s->file, state, log_f));
    if (s->has_floor) lift(s, log_f, s->lifted[slot]);
    for (size_t i = 0; i < s->grid->size; i++) log_f[i] = log(log_f[i]);
    s->held[slot] = state + 1;
    return GZ_OK;
}

gz_status gz_curve_states_window(gz_curve_states *s, size_t interval, gz_curve_window *window) {
    *window = (gz_curve_window){0};
    const size_t begin = gz_curve_window_begin(gz_curve_states_count(s), interval, &window->count);
    window->first = (int)(interval - begin);
    for (int k = 0; k < window->count; k++) {
        const size_t state = begin + (size_t)k, slot = state % SLOTS;
        if (s->held[slot] != state + 1) GZ_TRY(load(s, state, slot));
        window->time[k] = gz_curve_states_time(s, state);
        window->log_f[k] = s->log_f[slot];
        for (size_t i = 0; s->has_floor && i < s->grid->size; i++)
            s->lifted_of_window[i] = (k > 0 && s->lifted_of_window[i]) || s->lifted[slot][i];
    }
    window->lifted = s->lifted_of_window;
    return GZ_OK;
}
