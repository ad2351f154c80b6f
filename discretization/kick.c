/* Kick: each cell is moved along one axis after the other, and then tilted to its moments, by one thread.
 *
 * Along an axis the weights of a node depend on its index i only. Away from the ends they are even the same for all i, so
 * that a cell is a sum of six shifted copies of itself.
 */
#include "kick.h"

#include "fields.h"
#include "small_solve.h"
#include "vector_math.h"

#include <omp.h>
#include <string.h>

enum { POINTS = 6, APART = 4, BASIS = GZ_MAX_DIM + 2, MOST_ROUNDS = 200 };

static const double LARGEST_SHIFT = 0.25; /* of the velocity box, 2 L */
static const double ROUND_OFF =
    5e-16;                        /* error of a moment that is as good as none, relative to int f |phi| */
static const double FARTHEST = 2; /* change of log f in one of its steps: f is far from linear in it */
static const double ACCEPTABLE = 1e-13; /* and the largest one where Newton's method comes to rest */

static const double NEGLIGIBLE =
    1e-16; /* density of a cell, over the mean of all, whose momentum and energy are round-off */

struct gz_kick {
    gz_context *context;
    const gz_phase_grid *grid;
    bool linear;
    int threads;
    double *measured;     /* [cell][d + 2]: rho, m, e */
    size_t points, apart; /* of a polynomial; distance of the nodes of the parabola beyond the ends */
    double *work;         /* [thread][2][node] */
    double *weight;       /* [thread][nodes][POINTS], of the nodes of an axis */
    size_t *index;        /* [thread][nodes][POINTS]: which nodes they belong to */
};

gz_status gz_kick_create(gz_context *context, const gz_phase_grid *grid, bool linear, gz_kick **kick) {
    *kick = NULL;
    gz_kick *s = NULL;
    gz_status status = GZ_OK;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->grid = grid;
    s->linear = linear;
    s->threads = grid->cell_count < (size_t)grid->threads ? (int)grid->cell_count : grid->threads;
    s->points = grid->nodes < POINTS ? grid->nodes : POINTS;
    s->apart = grid->nodes > 2 * APART ? APART : (grid->nodes - 1) / 2;
    const size_t sums = (size_t)grid->velocity_dim + 2;
    GZ_TRY_ELSE(status, gz_allocate(context, grid->cell_count * sums, sizeof(double), &s->measured), fail);
    const size_t threads = (size_t)s->threads, entries = threads * grid->nodes * POINTS;
    GZ_TRY_ELSE(status, gz_allocate(context, threads * 2 * grid->node_count, sizeof(double), &s->work), fail);
    GZ_TRY_ELSE(status, gz_allocate(context, entries, sizeof(double), &s->weight), fail);
    GZ_TRY_ELSE(status, gz_allocate(context, entries, sizeof(size_t), &s->index), fail);
    *kick = s;
    return GZ_OK;
fail:
    gz_kick_destroy(s);
    return status;
}

void gz_kick_destroy(gz_kick *s) {
    if (!s) return;
    gz_release(s->measured);
    gz_release(s->work);
    gz_release(s->weight);
    gz_release(s->index);
    gz_release(s);
}

/* --- the shift along an axis ---------------------------------------------------------------------------- */

/* What the value at each node of an axis is made of: out[i] = sum_k weight[i][k] in[index[i][k]]. Between begin and end
 * the weights are those of `begin`, and the index moves along with i. */
typedef struct shift_table {
    double (*weight)[POINTS];
    size_t (*index)[POINTS];
    size_t begin, end;
    size_t low, high; /* nodes before low and from high on take their values from beyond the ends */
} shift_table;

/* The value at u of the Lagrange polynomial k of the points 0, 1, .., count - 1. */
static double lagrange(size_t count, size_t k, double u) {
    double value = 1;
    for (size_t j = 0; j < count; j++)
        if (j != k) value *= (u - (double)j) / ((double)k - (double)j);
    return value;
}

/* Beyond the ends: the parabola, at `beyond` nodes after the end; or nothing, if f itself is moved. */
static void set_beyond(const gz_kick *s, bool low, double beyond, double *weight, size_t *index) {
    const size_t last = s->grid->nodes - 1;
    for (size_t k = 0; k < POINTS; k++) {
        const size_t inward = k < 3 ? k * s->apart : 0;
        index[k] = low ? inward : last - inward;
        weight[k] = k < 3 && !s->linear ? lagrange(3, k, -beyond / (double)s->apart) : 0;
    }
}

/* nodes: the shift, in nodes. */
static void set_table(const gz_kick *s, double nodes, shift_table *table) {
    const size_t n = s->grid->nodes, points = s->points, before = (points - 1) / 2;
    const double whole = floor(-nodes), rest = -nodes - whole, last = (double)(n - 1);
    table->begin = table->end = table->low = 0;
    table->high = n;
    for (size_t i = 0; i < n; i++) {
        double *weight = table->weight[i];
        size_t *index = table->index[i];
        const double left = (double)i + whole, x = left + rest, first = left - (double)before;
        if (x < 0 || x > last) {
            set_beyond(s, x < 0, x < 0 ? -x : x - last, weight, index);
            if (x < 0) table->low = i + 1;
            if (x > last && table->high == n) table->high = i;
            continue;
        }
        const bool inside = first >= 0 && first + (double)points <= (double)n;
        const size_t start = first < 0 ? 0 : inside ? (size_t)first : n - points;
        const double u = inside ? (double)before + rest : x - (double)start;
        for (size_t k = 0; k < POINTS; k++) {
            index[k] = start + (k < points ? k : 0);
            weight[k] = k < points ? lagrange(points, k, u) : 0;
        }
        if (inside && table->end == 0) table->begin = i;
        if (inside) table->end = i + 1;
    }
}

/* One plane across the axis: out = sum_k weight[k] in[index[k]], from beyond the ends at most what stands at the end. */
static void shift_plane(const shift_table *table, size_t i, size_t stride, const double *in, double *out) {
    const double *w = table->weight[i];
    const size_t *at = table->index[i];
    const bool beyond = i < table->low || i >= table->high;
    for (size_t p = 0; p < stride; p++) {
        double sum = 0;
        for (size_t k = 0; k < POINTS; k++) sum += w[k] * in[at[k] * stride + p];
        out[i * stride + p] = beyond && sum > in[at[0] * stride + p] ? in[at[0] * stride + p] : sum;
    }
}

/* All lines of a cell along the axis with this stride. */
static void shift_lines(const gz_phase_grid *grid, const shift_table *table, size_t stride,
                        const double *restrict in, double *restrict out) {
    const size_t n = grid->nodes, length = n * stride, begin = table->begin * stride,
                 count = (table->end - table->begin) * stride;
    const double *w = table->weight[table->begin];
    for (size_t outer = 0; outer < grid->node_count; outer += length) {
        const double *from = in + outer;
        double *to = out + outer;
        for (size_t i = 0; i < table->begin; i++) shift_plane(table, i, stride, from, to);
        for (size_t i = table->end; i < n; i++) shift_plane(table, i, stride, from, to);
        if (count == 0) continue;
        const double *source = from + table->index[table->begin][0] * stride;
        double *restrict inside = to + begin;
        for (size_t p = 0; p < count; p++)
            inside[p] = w[0] * source[p] + w[1] * source[p + stride] + w[2] * source[p + 2 * stride] +
                        w[3] * source[p + 3 * stride] + w[4] * source[p + 4 * stride] +
                        w[5] * source[p + 5 * stride];
    }
}

static void shift_cell(const gz_kick *s, const double *shift, int thread, double *field) {
    const gz_phase_grid *grid = s->grid;
    const size_t nodes = grid->node_count, table_size = (size_t)thread * grid->nodes;
    double *other = s->work + 2 * (size_t)thread * nodes;
    shift_table table = {.weight = (double(*)[POINTS])s->weight + table_size,
                         .index = (size_t(*)[POINTS])s->index + table_size};
    for (int a = 0; a < grid->velocity_dim; a++) {
        if (shift[a] == 0) continue;
        set_table(s, shift[a] / grid->spacing, &table);
        memcpy(other, field, nodes * sizeof *other);
        shift_lines(grid, &table, grid->stride[a], other, field);
    }
}

/* --- the tilt ------------------------------------------------------------------------------------------- */

/* Moments of a cell by the functions phi: 1, v_1 .. v_d, |v|^2. */
typedef struct moments {
    double first[BASIS];        /* int f phi */
    double size[BASIS];         /* int |f phi| */
    double gram[BASIS * BASIS]; /* int |f| phi_j phi_k, k <= j, row by row of d + 2 */
} moments;

static const double *basis(const gz_phase_grid *grid, int j) {
    return j <= grid->velocity_dim ? grid->node_velocity[j - 1] : grid->node_energy;
}

/* The moments of f, [node]. */
static void take_moments(const gz_phase_grid *grid, const double *f, moments *of) {
    const int count = grid->velocity_dim + 2;
    *of = (moments){.first = {0}};
    for (size_t first = 0; first < grid->node_count; first += GZ_BLOCK) {
        const size_t left = grid->node_count - first, size = left < GZ_BLOCK ? left : GZ_BLOCK;
        const double *h = grid->node_volume + first;
        double hf[GZ_BLOCK], weight[GZ_BLOCK], product[GZ_BLOCK], reach[GZ_BLOCK];
        for (size_t k = 0; k < size; k++) {
            hf[k] = h[k] * f[first + k];
            weight[k] = fabs(hf[k]);
        }
        const double all = gz_block_sum(weight, size);
        of->first[0] += gz_block_sum(hf, size);
        of->size[0] += all;
        of->gram[0] += all;
        for (int j = 1; j < count; j++) {
            const double *phi = basis(grid, j) + first;
            for (size_t k = 0; k < size; k++) {
                product[k] = weight[k] * phi[k];
                reach[k] = fabs(phi[k]);
            }
            of->first[j] += gz_block_dot(hf, phi, size);
            of->gram[j * count] += gz_block_sum(product, size);
            for (int i = 1; i <= j; i++)
                of->gram[j * count + i] += gz_block_dot(product, basis(grid, i) + first, size);
            of->size[j] += gz_block_dot(weight, reach, size);
        }
    }
}

/* What the moments become when all velocities grow by s. */
static void move_moments(const gz_phase_grid *grid, const double *s, double *first) {
    const int d = grid->velocity_dim < GZ_MAX_DIM ? grid->velocity_dim : GZ_MAX_DIM;
    double square = 0, product = 0;
    for (int a = 0; a < d; a++) {
        square += s[a] * s[a];
        product += s[a] * first[1 + a];
        first[1 + a] += s[a] * first[0];
    }
    first[d + 1] += 2 * product + square * first[0];
}

/* p = a_0 + a_1 v_1 + .. + a_(d+1) |v|^2, [node]. */
static void set_polynomial(const gz_phase_grid *grid, const double *a, double *restrict p) {
    for (size_t k = 0; k < grid->node_count; k++) p[k] = a[0];
    for (int j = 1; j < grid->velocity_dim + 2; j++) {
        const double *restrict phi = basis(grid, j), factor = a[j];
        for (size_t k = 0; k < grid->node_count; k++) p[k] += factor * phi[k];
    }
}

/* f = exp(log f), or f as it is. */
static void take_density(const gz_phase_grid *grid, bool linear, const double *field, double *restrict f) {
    if (linear) {
        memcpy(f, field, grid->node_count * sizeof *f);
        return;
    }
    for (size_t k = 0; k < grid->node_count; k++) f[k] = exp(field[k]);
}

/* The largest |p| where it matters: where f is, or f e^p would be, more than a millionth of the largest f. */
static double largest(const double *log_f, const double *p, size_t count) {
    double top = -INFINITY, most = 0;
    for (size_t k = 0; k < count; k++) top = log_f[k] > top ? log_f[k] : top;
    for (size_t k = 0; k < count; k++) {
        const double reach = log_f[k] + (p[k] > 0 ? p[k] : 0), size = fabs(p[k]);
        most = reach > top - 14 && size > most ? size : most;
    }
    return most;
}

/* Tilt the field of a cell to the moments `target`; false if they cannot be met. f, p: scratch, [node]. */
static bool tilt(const gz_phase_grid *grid, bool linear, const double *target, double *restrict field,
                 double *restrict f, double *restrict p) {
    const int count = grid->velocity_dim + 2;
    double before = INFINITY;
    for (int round = 0; round < MOST_ROUNDS; round++) {
        moments now;
        double step[BASIS], worst = 0;
        bool finite = true;
        take_density(grid, linear, field, f);
        take_moments(grid, f, &now);
        for (int j = 0; j < count; j++) {
            step[j] = target[j] - now.first[j];
            worst = fmax(worst, fabs(step[j]) / (now.size[j] > 0 ? now.size[j] : 1));
            finite = finite && isfinite(step[j]) && isfinite(now.size[j]);
        }
        if (!finite) return false;
        if (worst <= ROUND_OFF || (worst <= ACCEPTABLE && worst > before / 2)) return true;
        if (!gz_small_solve(count, now.gram, step)) return false;
        before = worst;
        set_polynomial(grid, step, p);
        const double most = linear ? 0 : largest(field, p, grid->node_count),
                     damping = most > FARTHEST ? FARTHEST / most : 1;
        for (size_t k = 0; k < grid->node_count; k++) field[k] += linear ? fabs(f[k]) * p[k] : damping * p[k];
    }
    return false;
}

/* --- all cells ------------------------------------------------------------------------------------------ */

static double *scratch(const gz_kick *k) {
    return k->work + 2 * (size_t)omp_get_thread_num() * k->grid->node_count;
}

const double *gz_kick_measure(gz_kick *k, const double *field) {
    const gz_phase_grid *grid = k->grid;
    const size_t count = (size_t)grid->velocity_dim + 2, nodes = grid->node_count;
#pragma omp parallel for num_threads(k->threads)
    for (size_t c = 0; c < grid->cell_count; c++) {
        double *f = scratch(k);
        moments now;
        take_density(grid, k->linear, field + c * nodes, f);
        take_moments(grid, f, &now);
        memcpy(k->measured + c * count, now.first, count * sizeof(double));
    }
    return k->measured;
}

/* Give a cell its mass at least; false if it has none. f: scratch, [node]. */
static bool restore_mass(const gz_kick *k, double mass, double *field, double *f) {
    moments now;
    take_density(k->grid, k->linear, field, f);
    take_moments(k->grid, f, &now);
    const double factor = mass / now.first[0];
    if (!(factor > 0) || !isfinite(factor)) return false;
    for (size_t p = 0; p < k->grid->node_count; p++)
        field[p] = k->linear ? field[p] * factor : field[p] + log(factor);
    return true;
}

/* Move a cell by s, a velocity; false if its moments cannot be met. Those of a cell whose density is at most `negligible` are met
 * as far as they can be. */
static bool kick_cell(const gz_kick *k, size_t cell, const double *s, double negligible, double *field) {
    const gz_phase_grid *grid = k->grid;
    const size_t count = (size_t)grid->velocity_dim + 2;
    double target[BASIS], *f = scratch(k), *p = f + grid->node_count;
    memcpy(target, k->measured + cell * count, count * sizeof *target);
    move_moments(grid, s, target);
    shift_cell(k, s, omp_get_thread_num(), field);
    const bool met = tilt(grid, k->linear, target, field, f, p) ||
                     (target[0] <= negligible && restore_mass(k, target[0], field, f));
    for (size_t i = 0; i < grid->node_count && !k->linear; i++)
        field[i] = field[i] < GZ_LOG_FLOOR ? GZ_LOG_FLOOR : field[i]; /* a NaN stays one */
    return met;
}

/* The mean density of all cells. */
static double mean_density(const gz_kick *k) {
    const size_t count = (size_t)k->grid->velocity_dim + 2;
    double sum = 0;
    for (size_t c = 0; c < k->grid->cell_count; c++) sum += k->measured[c * count];
    gz_ranks_sum(k->grid->ranks, 1, &sum);
    return sum / (double)k->grid->all_cells;
}

static gz_status check_shift(const gz_kick *k, double *const shift[GZ_MAX_DIM]) {
    const gz_phase_grid *grid = k->grid;
    char name[GZ_CELL_NAME];
    for (size_t c = 0; c < grid->cell_count; c++)
        for (int a = 0; a < grid->velocity_dim; a++) {
            if (fabs(shift[a][c]) <= LARGEST_SHIFT * 2 * grid->half_width) continue;
            gz_phase_grid_name_cell(grid, c, name);
            return gz_fail(k->context, GZ_ERROR_NOT_CONVERGED,
                           "dt is too large for the force: it moves the velocities of %s by %.1f nodes, more "
                           "than a quarter "
                           "of the velocity box; use a smaller dt",
                           name, fabs(shift[a][c]) / grid->spacing);
        }
    return GZ_OK;
}

static gz_status lose(const gz_kick *k, size_t cell, double *const shift[GZ_MAX_DIM]) {
    const int d = k->grid->velocity_dim;
    const double *m = k->measured + cell * ((size_t)d + 2);
    double square = 0, u = 0;
    char name[GZ_CELL_NAME];
    gz_phase_grid_name_cell(k->grid, cell, name);
    for (int a = 0; a < d; a++) {
        square += m[1 + a] / m[0] * (m[1 + a] / m[0]);
        u = fmax(u, fabs(m[1 + a] / m[0] + shift[a][cell]));
    }
    return gz_fail(k->context, GZ_ERROR_NOT_CONVERGED,
                   "a kick loses the moments of %s: no density on this velocity grid, of spacing %g, "
                   "has the density "
                   "%.2g, a mean velocity of %.3g and the temperature %.3g; use a smaller dt, or a finer or "
                   "larger velocity "
                   "grid",
                   name, k->grid->spacing, m[0], u, (m[1 + d] / m[0] - square) / d);
}

gz_status gz_kick_apply(gz_kick *k, double *const shift[GZ_MAX_DIM], double *field) {
    const gz_phase_grid *grid = k->grid;
    const double negligible = NEGLIGIBLE * mean_density(k);
    size_t lost = grid->cell_count;
    GZ_TRY(gz_agree(k->context, check_shift(k, shift)));
#pragma omp parallel for num_threads(k->threads) reduction(min : lost)
    for (size_t c = 0; c < grid->cell_count; c++) {
        double s[GZ_MAX_DIM];
        bool moves = false;
        for (int a = 0; a < GZ_MAX_DIM; a++) {
            s[a] = a < grid->velocity_dim ? shift[a][c] : 0;
            moves = moves || s[a] != 0;
        }
        if (moves && !kick_cell(k, c, s, negligible, field + c * grid->node_count))
            lost = c < lost ? c : lost;
    }
    return gz_agree(k->context, lost < grid->cell_count ? lose(k, lost, shift) : GZ_OK);
}
