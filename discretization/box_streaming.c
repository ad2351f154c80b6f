/* Free streaming in a box. A *line* is the values of one velocity node along one x axis, in the direction in
 * which it moves. For each velocity a table holds the interpolation weights at Gauss points of a cell and of
 * the two parts that the displacement cuts it into; the integrals of e^p are sums over these points.
 */
#include "box_streaming.h"

#include "columns.h"
#include "compensated_sum.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum { STENCIL = 5, GAUSS = 4 };

static const double GAUSS_X[GAUSS] = {-0.8611363115940526, -0.3399810435848563, 0.3399810435848563,
                                      0.8611363115940526};
static const double GAUSS_W[GAUSS] = {0.3478548451374538, 0.6521451548625461, 0.6521451548625461,
                                      0.3478548451374538};
static const double SMOOTH = 1, ROUGH = 2; /* bends of log f: p is the polynomial; p is a line */

/* Quadrature on a part of a cell, |x| < 1/2: points, weights, and the weights that interpolate the values of
 * a stencil at the points, for each place `off` of the cell in its stencil. */
typedef struct part {
    double x[GAUSS], weight[GAUSS];
    double interpolate[STENCIL][GAUSS][STENCIL];
} part;

/* A line that moves: its displacement, tables and values. */
typedef struct line {
    size_t count;                      /* cells */
    size_t stencil;                    /* STENCIL or count, the smaller */
    size_t whole;                      /* K, at most count */
    double rest;                       /* s */
    part cell, stays, goes;            /* |x| < 1/2; x < 1/2 - s; x > 1/2 - s */
    double linear[STENCIL][STENCIL];   /* integral of the polynomial of f over `goes`, from averages */
    double *value, *point, *theta, *b; /* [count]: log f or f, point values, smoothness, limited slope */
    double *stay, *go;                 /* [count]: the parts that stay and go, or their logarithms */
} line;

struct gz_box_streaming {
    const gz_phase_grid *grid;
    int threads;
    size_t longest; /* cells of the longest axis */
    double *memory; /* [thread][6][longest] */
    gz_columns columns;
};

gz_status gz_box_streaming_create(gz_context *context, const gz_phase_grid *grid, gz_box_streaming **box) {
    gz_box_streaming *made = NULL;
    *box = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *made, &made));
    made->grid = grid;
    made->threads = gz_context_threads(context);
    for (int a = 0; a < grid->space_dim; a++)
        made->longest = grid->cells[a] > made->longest ? grid->cells[a] : made->longest;
    gz_status status =
        gz_allocate(context, (size_t)made->threads * 6 * made->longest, sizeof(double), &made->memory);
    if (status == GZ_OK) status = gz_columns_init(context, grid, &made->columns);
    if (status != GZ_OK) {
        gz_box_streaming_destroy(made);
        return status;
    }
    *box = made;
    return GZ_OK;
}

void gz_box_streaming_destroy(gz_box_streaming *s) {
    if (!s) return;
    gz_columns_free(&s->columns);
    gz_release(s->memory);
    gz_release(s);
}

/* --- tables of a displacement --------------------------------------------------------------------------- */

/* Value at x of the Lagrange polynomial j of the points 0, 1, .., count - 1. */
static double lagrange(size_t count, size_t j, double x) {
    double value = 1;
    for (size_t k = 0; k < count; k++)
        if (k != j) value *= (x - (double)k) / ((double)j - (double)k);
    return value;
}

static void set_part(part *p, size_t stencil, double from, double to) {
    for (size_t q = 0; q < GAUSS; q++) {
        p->x[q] = 0.5 * (from + to) + 0.5 * (to - from) * GAUSS_X[q];
        p->weight[q] = 0.5 * (to - from) * GAUSS_W[q];
        for (size_t off = 0; off < stencil; off++)
            for (size_t k = 0; k < stencil; k++)
                p->interpolate[off][q][k] = lagrange(stencil, k, (double)off + p->x[q]);
    }
}

/* The integral over `goes` is a difference of the polynomial through the values of the primitive at the faces
 * 0 .. stencil: its value at the right face of the cell minus its value s before the face. */
static void set_linear(line *l) {
    for (size_t off = 0; off < l->stencil; off++)
        for (size_t k = 0; k < l->stencil; k++) {
            const double face = (double)off + 1;
            l->linear[off][k] = 0;
            for (size_t j = k + 1; j <= l->stencil; j++)
                l->linear[off][k] +=
                    lagrange(l->stencil + 1, j, face) - lagrange(l->stencil + 1, j, face - l->rest);
        }
}

/* displacement: in cells, >= 0. */
static void set_line(line *l, size_t count, double displacement, double *memory) {
    const double whole = floor(displacement);
    double **arrays[] = {&l->value, &l->point, &l->theta, &l->b, &l->stay, &l->go};
    l->count = count;
    l->stencil = count < STENCIL ? count : STENCIL;
    l->whole = whole < (double)count ? (size_t)whole : count;
    l->rest = displacement - whole;
    set_part(&l->cell, l->stencil, -0.5, 0.5);
    set_part(&l->stays, l->stencil, -0.5, 0.5 - l->rest);
    set_part(&l->goes, l->stencil, 0.5 - l->rest, 0.5);
    set_linear(l);
    for (size_t k = 0; k < 6; k++) *arrays[k] = memory + k * count;
}

/* --- a line of log f ------------------------------------------------------------------------------------ */

static size_t stencil_start(const line *l, size_t i) {
    const size_t half = l->stencil / 2, last = l->count - l->stencil;
    const size_t start = i > half ? i - half : 0;
    return start < last ? start : last;
}

/* 1 where log f bends little everywhere on the stencil, 0 where it bends much. */
static double smoothness(const line *l, size_t start) {
    double bend = 0;
    for (size_t k = start + 1; k + 1 < start + l->stencil; k++)
        bend = fmax(bend, fabs(l->value[k + 1] - 2 * l->value[k] + l->value[k - 1]));
    if (l->stencil == 2) bend = fabs(l->value[1] - l->value[0]);
    const double x = fmin(fmax((ROUGH - bend) / (ROUGH - SMOOTH), 0), 1);
    return x * x * (3 - 2 * x);
}

/* The smaller of the two neighbouring differences if their signs agree, else 0; at a wall the only one. */
static double limited_slope(const line *l, size_t i) {
    const double left = i > 0 ? l->value[i] - l->value[i - 1] : INFINITY,
                 right = i + 1 < l->count ? l->value[i + 1] - l->value[i] : INFINITY;
    if (l->count == 1) return 0;
    if (i == 0) return right;
    if (i + 1 == l->count) return left;
    return left * right <= 0 ? 0 : fabs(left) < fabs(right) ? left : right;
}

/* Integral of e^(p - value_i) over a part of cell i, where p interpolates `values`. */
static double integral(const line *l, const part *where, const double *values, size_t i) {
    const size_t start = stencil_start(l, i);
    double sum = 0;
    for (size_t q = 0; q < GAUSS; q++) {
        const double *weight = where->interpolate[i - start][q];
        double p = 0;
        for (size_t k = 0; k < l->stencil; k++) p += weight[k] * (values[start + k] - values[i]);
        sum += where->weight[q] * exp(l->theta[i] * p + (1 - l->theta[i]) * l->b[i] * where->x[q]);
    }
    return sum;
}

static void part_log(line *l) {
    for (size_t i = 0; i < l->count; i++) {
        l->theta[i] = smoothness(l, stencil_start(l, i));
        l->b[i] = limited_slope(l, i);
    }
    for (size_t i = 0; i < l->count; i++) l->point[i] = l->value[i] - log(integral(l, &l->cell, l->value, i));
    for (size_t i = 0; i < l->count; i++) {
        const double stays = integral(l, &l->stays, l->point, i), goes = integral(l, &l->goes, l->point, i);
        l->stay[i] = l->value[i] + log(stays / (stays + goes));
        l->go[i] = l->value[i] + log(goes / (stays + goes));
    }
}

/* log(e^a + e^b) */
static double log_add(double a, double b) {
    const double high = fmax(a, b), low = fmin(a, b);
    return low == -INFINITY ? high : high + log1p(exp(low - high));
}

/* Move a line of log f; returns what leaves minus what comes in. */
static double move_log(line *l, double inflow) {
    const double wall_stay = log(inflow) + log1p(-l->rest), wall_go = log(inflow) + log(l->rest);
    gz_sum left = {0};
    part_log(l);
    for (size_t i = 0; i < l->count; i++) {
        if (i + l->whole >= l->count) gz_sum_add(&left, exp(l->stay[i]));
        if (i + l->whole + 1 >= l->count) gz_sum_add(&left, exp(l->go[i]));
    }
    for (size_t j = 0; j < l->count; j++) {
        const double stay = j >= l->whole ? l->stay[j - l->whole] : wall_stay,
                     go = j > l->whole ? l->go[j - l->whole - 1] : wall_go;
        l->value[j] = log_add(stay, go);
    }
    gz_sum_add(&left, -inflow * (l->whole < l->count ? (double)l->whole + l->rest : (double)l->count));
    return gz_sum_value(left);
}

/* --- a line of f ---------------------------------------------------------------------------------------- */

static double move_linear(line *l, double inflow) {
    gz_sum left = {0};
    for (size_t i = 0; i < l->count; i++) {
        const size_t start = stencil_start(l, i);
        l->go[i] = 0;
        for (size_t k = 0; k < l->stencil; k++) l->go[i] += l->linear[i - start][k] * l->value[start + k];
        l->stay[i] = l->value[i] - l->go[i];
        if (i + l->whole >= l->count) gz_sum_add(&left, l->stay[i]);
        if (i + l->whole + 1 >= l->count) gz_sum_add(&left, l->go[i]);
    }
    for (size_t j = 0; j < l->count; j++) {
        const double stay = j >= l->whole ? l->stay[j - l->whole] : inflow * (1 - l->rest),
                     go = j > l->whole ? l->go[j - l->whole - 1] : inflow * l->rest;
        l->value[j] = stay + go;
    }
    gz_sum_add(&left, -inflow * (l->whole < l->count ? (double)l->whole + l->rest : (double)l->count));
    return gz_sum_value(left);
}

/* --- all lines ------------------------------------------------------------------------------------------ */

/* Copy between a line, whose values lie `step` apart from `first` on, and `value`, in the direction of
 * motion. */
static void copy_line(size_t count, size_t step, bool backward, double *first, double *value, bool store) {
    for (size_t i = 0; i < count; i++) {
        double *place = first + (backward ? count - 1 - i : i) * step;
        if (store)
            *place = value[i];
        else
            value[i] = *place;
    }
}

/* Move all lines of the own nodes whose index along the axis is iv. plane: the distance in cells between
 * neighbours along the axis. */
static void move_velocity(const gz_box_streaming *s, int axis, size_t plane, size_t iv, double t, bool linear,
                          double *memory, double *columns, double *left) {
    const gz_phase_grid *grid = s->grid;
    const size_t count = grid->cells[axis], nodes = s->columns.count;
    const double v = grid->axis_velocity[iv], dx = grid->length[axis] / (double)count;
    const bool backward = v * t < 0;
    line l;
    if (v == 0) return;
    set_line(&l, count, fabs(v * t) / dx, memory);
    for (size_t k = 0; k < nodes; k++) {
        const size_t p = s->columns.first + k;
        if (gz_phase_grid_node_index(grid, p, axis) != iv) continue;
        gz_sum sum = {left[p], 0};
        for (size_t cell = 0; cell < grid->all_cells; cell++) {
            if (gz_phase_grid_cell_index(grid, cell, axis) != 0) continue;
            double *first = columns + cell * nodes + k;
            copy_line(count, plane * nodes, backward, first, l.value, false);
            gz_sum_add(&sum, linear ? move_linear(&l, grid->inflow) : move_log(&l, grid->inflow));
            copy_line(count, plane * nodes, backward, first, l.value, true);
        }
        left[p] = gz_sum_value(sum);
    }
}

void gz_box_streaming_apply(gz_box_streaming *s, double t, bool linear, double *field, double *left) {
    const gz_phase_grid *grid = s->grid;
    double *columns = gz_columns_take(&s->columns, field);
    memset(left, 0, grid->node_count * sizeof *left);
    size_t plane = grid->all_cells;
    for (int a = 0; a < grid->space_dim; a++) {
        plane /= grid->cells[a];
#pragma omp parallel for num_threads(s->threads) schedule(static, 1)
        for (size_t iv = 0; iv < grid->nodes; iv++)
            move_velocity(s, a, plane, iv, t, linear,
                          s->memory + (size_t)omp_get_thread_num() * 6 * s->longest, columns, left);
    }
    gz_columns_give(&s->columns, field);
}
