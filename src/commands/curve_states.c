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
};

void gz_curve_states_close(gz_curve_states *s) {
    if (!s) return;
    gz_curve_close(s->file);
    for (int k = 0; k < SLOTS; k++) gz_release(s->log_f[k]);
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

static gz_status check_positive(const gz_curve_states *s, size_t state, const double *f) {
    size_t bad = 0, where = 0;
    for (size_t i = s->grid->size; i-- > 0;) {
        if (f[i] > 0 && isfinite(f[i])) continue;
        bad++;
        where = i;
    }
    if (bad == 0) return GZ_OK;
    char place[LONGEST_PLACE], path[GZ_SHOWN_PATH];
    name_place(s->grid, where, place);
    return gz_fail(s->context, GZ_ERROR_FILES,
                   "'%s': f is %g at %s at t = %g (state %zu, %zu of its %zu nodes); H, D and the "
                   "certificate need f > 0 everywhere",
                   gz_excerpt(s->path, sizeof path, path), f[where], place, gz_curve_times(s->file)[state],
                   state, bad, s->grid->size);
}

static gz_status fill(gz_curve_states *s, const char *dataset) {
    GZ_TRY(gz_curve_open(s->context, s->grid, s->path, dataset, &s->file));
    const size_t count = gz_curve_count(s->file);
    char path[GZ_SHOWN_PATH];
    if (count < 2)
        return gz_fail(s->context, GZ_ERROR_FILES,
                       "'%s' holds one state; a curve needs two (output.density: true and output.every)",
                       gz_excerpt(s->path, sizeof path, path));
    for (int k = 0; k < SLOTS; k++)
        GZ_TRY(gz_allocate(s->context, s->grid->size, sizeof(double), &s->log_f[k]));
    for (size_t state = 0; state < count; state++) {
        GZ_TRY(gz_curve_read(s->file, state, s->log_f[0]));
        GZ_TRY(check_positive(s, state, s->log_f[0]));
    }
    return GZ_OK;
}

gz_status gz_curve_states_open(gz_context *context, const gz_phase_grid *grid, const char *path,
                               const char *dataset, gz_curve_states **states) {
    *states = NULL;
    gz_curve_states *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->grid = grid;
    s->path = path;
    const gz_status status = fill(s, dataset);
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

gz_status gz_curve_states_window(gz_curve_states *s, size_t interval, gz_curve_window *window) {
    *window = (gz_curve_window){0};
    const size_t begin = gz_curve_window_begin(gz_curve_states_count(s), interval, &window->count);
    window->first = (int)(interval - begin);
    for (int k = 0; k < window->count; k++) {
        const size_t state = begin + (size_t)k, slot = state % SLOTS;
        double *log_f = s->log_f[slot];
        if (s->held[slot] != state + 1) {
            s->held[slot] = 0;
            GZ_TRY(gz_curve_read(s->file, state, log_f));
            GZ_TRY(check_positive(s, state, log_f));
            for (size_t i = 0; i < s->grid->size; i++) log_f[i] = log(log_f[i]);
            s->held[slot] = state + 1;
        }
        window->time[k] = gz_curve_states_time(s, state);
        window->log_f[k] = log_f;
    }
    return GZ_OK;
}
