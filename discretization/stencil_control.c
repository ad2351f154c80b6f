/* Stencil control: means and extrema over stencils, on contiguous ranges of nodes.
 *
 * All nodes of a range are treated alike. Where a stencil reaches beyond the end of its line, it reads values
 * of the next line, and the result is cleared.
 */
#include "stencil_control.h"

#include <math.h>
#include <string.h>

/* Maximum and minimum; a if b is not a number. Compilers vectorise them, unlike fmax and fmin. */
static inline double most(double a, double b) {
    return b > a ? b : a;
}

static inline double least(double a, double b) {
    return b < a ? b : a;
}

/* 1 for changes up to half of `last`, 0 for changes from `last` on, and a smooth step in between. */
static inline double smooth_switch(double change, double last) {
    const double t = least(1, most(0, 2 - 2 * change / last));
    return t * t * (3 - 2 * t);
}

/* The change at which a wide stencil is out of use. */
static double last_change(size_t reach) {
    return reach < 4 ? 2 : 1.54;
}

/* Nodes begin..end-1 of a cell. */
typedef struct range {
    size_t begin, end;
} range;

/* The nodes of these rows that have at least `before` nodes of the cell in front of them and `after` behind.
 */
static range nodes_of(const gz_phase_grid *grid, gz_rows rows, size_t before, size_t after) {
    const size_t row = grid->stride[0], begin = rows.begin * row, end = rows.end * row,
                 last = grid->node_count - after;
    return (range){begin > before ? begin : before, end < last ? end : last};
}

/* Zero on the first `head` and the last `tail` nodes of the lines of an axis that lie in these rows. */
static void clear_ends(const gz_phase_grid *grid, int axis, gz_rows rows, size_t head, size_t tail,
                       double *field) {
    const size_t row = grid->stride[0], s = grid->stride[axis], line = grid->nodes * s;
    for (size_t first = rows.begin * row; first < rows.end * row; first += line) {
        memset(field + first, 0, head * s * sizeof *field);
        memset(field + first + line - tail * s, 0, tail * s * sizeof *field);
    }
}

void gz_stencil_steepness(const gz_derivative *g, int axis, gz_rows rows, const double *log_f,
                          double *theta) {
    const size_t row = g->grid->stride[0], s = g->grid->stride[axis], reach = g->reach * s;
    const range wide = nodes_of(g->grid, rows, reach, reach);
    memset(theta + rows.begin * row, 0, (rows.end - rows.begin) * row * sizeof *theta);
    for (size_t k = 0; k < 2 * g->reach; k++) /* theta: the sum of the squares so far */
        for (size_t p = wide.begin; p < wide.end; p++) {
            const double *left = log_f + (p + k * s - reach), jump = left[s] - left[0];
            theta[p] += jump * jump;
        }
    const double mean = 1 / (2.0 * (double)g->reach), last = last_change(g->reach);
    for (size_t p = wide.begin; p < wide.end; p++) theta[p] = smooth_switch(sqrt(mean * theta[p]), last);
    if (axis > 0) clear_ends(g->grid, axis, rows, g->reach, g->reach, theta);
}

void gz_stencil_sawtooth_weight(const gz_derivative *g, int axis, gz_rows rows, const double *diffusion,
                                double *c) {
    const size_t row = g->grid->stride[0], s = g->grid->stride[axis];
    const range starts = nodes_of(g->grid, rows, 0, g->saw_degree * s);
    memset(c + rows.begin * row, 0, (rows.end - rows.begin) * row * sizeof *c);
    for (size_t p = starts.begin; p < starts.end; p++) c[p] = diffusion[p];
    for (size_t j = 1; j <= g->saw_degree; j++)
        for (size_t p = starts.begin; p < starts.end; p++) c[p] = least(c[p], diffusion[p + j * s]);
    for (size_t p = starts.begin; p < starts.end; p++) c[p] = 0.5 * most(0, c[p]);
    if (axis > 0) clear_ends(g->grid, axis, rows, 0, g->saw_degree, c);
}
