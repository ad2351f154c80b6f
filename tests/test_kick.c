/* Kick: exact moments of every cell, Gaussians and their way back, the order of the interpolation, densities of any sign,
 * shifts that are refused. */
#include "kick.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(2, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(kick, .init = open_context, .fini = close_context);

enum { CELLS = 3 };

/* A grid of CELLS cells, a kick, shifts, and a field with a copy of what it was. */
typedef struct bench {
    gz_phase_grid *grid;
    gz_kick *kick;
    double shift[GZ_MAX_DIM][CELLS], *at[GZ_MAX_DIM];
    double *field, *before;
} bench;

static void make(bench *b, int d, size_t nodes, double half_width, bool linear) {
    memset(b, 0, sizeof *b);
    b->grid = sample_grid(context, 1, d, CELLS, nodes, half_width);
    cr_assert_eq(gz_kick_create(context, b->grid, linear, &b->kick), GZ_OK);
    b->field = sample_log_density(context, b->grid, 7);
    b->before = sample_zero(context, b->grid);
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        b->at[a] = b->shift[a];
        for (size_t c = 0; c < CELLS; c++)
            b->shift[a][c] = 1.3 * (2 * sample_uniform(3, 5 * c + (size_t)a) - 1);
    }
}

static void clear(bench *b) {
    gz_kick_destroy(b->kick);
    gz_release(b->field);
    gz_release(b->before);
    gz_phase_grid_destroy(b->grid);
}

/* Kick by factor times the shifts. */
static gz_status kick(bench *b, double factor) {
    for (int a = 0; a < GZ_MAX_DIM; a++)
        for (size_t c = 0; c < CELLS; c++) b->shift[a][c] *= factor;
    memcpy(b->before, b->field, b->grid->size * sizeof *b->field);
    gz_kick_measure(b->kick, b->field);
    return gz_kick_apply(b->kick, b->at, b->field);
}

static double density(const bench *b, bool linear, const double *field, size_t i) {
    (void)b;
    return linear ? field[i] : exp(field[i]);
}

/* The largest error of the moments of a cell: int f (v - s)^k over the moved density against int f v^k over the old one, in
 * extended precision and relative to int |f| |v|^k. */
static double worst_moment(const bench *b, bool linear) {
    const gz_phase_grid *grid = b->grid;
    double worst = 0;
    for (size_t c = 0; c < CELLS; c++) {
        long double old[2 + GZ_MAX_DIM] = {0}, now[2 + GZ_MAX_DIM] = {0}, size[2 + GZ_MAX_DIM] = {0};
        for (size_t p = 0; p < grid->node_count; p++) {
            const size_t i = c * grid->node_count + p;
            const long double h = grid->node_volume[p], f0 = h * density(b, linear, b->before, i),
                              f1 = h * density(b, linear, b->field, i);
            long double square0 = 0, square1 = 0;
            for (int a = 0; a < grid->velocity_dim; a++) {
                const long double v = grid->node_velocity[a][p], moved = v - b->shift[a][c];
                old[1 + a] += f0 * v;
                now[1 + a] += f1 * moved;
                size[1 + a] += fabsl(f1) * (fabsl(v) + fabsl(moved));
                square0 += v * v;
                square1 += moved * moved;
            }
            old[0] += f0;
            now[0] += f1;
            size[0] += fabsl(f1);
            old[1 + GZ_MAX_DIM] += f0 * square0;
            now[1 + GZ_MAX_DIM] += f1 * square1;
            size[1 + GZ_MAX_DIM] += fabsl(f1) * (square0 + square1);
        }
        for (int k = 0; k < 2 + GZ_MAX_DIM; k++)
            if (size[k] > 0) worst = fmax(worst, (double)(fabsl(now[k] - old[k]) / size[k]));
    }
    return worst;
}

Test(kick, moments_of_every_cell_are_exact) {
    static const size_t NODES[] = {7, 8, 17, 33};
    for (int d = 1; d <= 3; d++)
        for (size_t k = 0; k < (d < 3 ? 4 : 3); k++)
            for (int linear = 0; linear <= 1; linear++) {
                bench b;
                make(&b, d, NODES[k], fmin(6, 0.45 * (double)(NODES[k] - 1)), linear);
                if (linear) /* any sign */
                    for (size_t i = 0; i < b.grid->size; i++)
                        b.field[i] = exp(b.field[i]) * (1 + 0.1 * (double)i) * (i % 5 == 0 ? -0.3 : 1);
                cr_assert_eq(kick(&b, 1), GZ_OK, "d %d, %zu nodes, linear %d: %s", d, NODES[k], linear,
                             gz_context_message(context));
                cr_expect_lt(worst_moment(&b, linear), 1e-15, "d %d, %zu nodes, linear %d: %.2e", d, NODES[k],
                             linear, worst_moment(&b, linear));
                clear(&b);
            }
}

/* log f = -|v - u|^2 / (2 T) in every cell; returns the largest |log f - that|. */
static double maxwellian(const bench *b, double factor, bool set) {
    const gz_phase_grid *grid = b->grid;
    double worst = 0;
    for (size_t c = 0; c < CELLS; c++)
        for (size_t p = 0; p < grid->node_count; p++) {
            double square = 0;
            for (int a = 0; a < grid->velocity_dim; a++) {
                const double v = grid->node_velocity[a][p] - 0.2 * a - factor * b->shift[a][c];
                square += v * v;
            }
            double *log_f = b->field + c * grid->node_count + p;
            if (set) *log_f = -square / 1.4;
            worst = fmax(worst, fabs(*log_f + square / 1.4));
        }
    return worst;
}

/* Cold densities near the end of the box, which step 1 takes far from their moments: step 2 still finds them. */
Test(kick, a_cold_cell_in_a_corner_finds_its_moments) {
    for (int d = 1; d <= 3; d++)
        for (size_t k = 0; k < 12; k++) {
            bench b;
            make(&b, d, 25, 7, false);
            const double T = 0.08 + 0.1 * sample_uniform(4, k), u = 2 + 2 * sample_uniform(5, k);
            for (size_t i = 0; i < b.grid->size; i++) {
                double square = 0;
                for (int a = 0; a < d; a++) {
                    const double v = b.grid->node_velocity[a][i % b.grid->node_count] - (a == 0 ? u : 0);
                    square += v * v;
                }
                b.field[i] = fmax(-square / (2 * T), -70 + sample_uniform(6, i));
            }
            cr_assert_eq(kick(&b, 1.1), GZ_OK, "d %d, T %.3f, u %.2f: %s", d, T, u,
                         gz_context_message(context));
            cr_expect_lt(worst_moment(&b, false), 1e-15, "%.2e", worst_moment(&b, false));
            clear(&b);
        }
}

/* A cell so cold that no density on the grid has its moments: refused, or where it is all but empty moved with its mass. */
Test(kick, an_empty_cell_keeps_its_mass) {
    for (int empty = 0; empty <= 1; empty++) {
        bench b;
        make(&b, 2, 17, 6, false);
        const size_t n = b.grid->node_count;
        for (size_t i = n; i < 2 * n; i++) {
            const double x = b.grid->node_velocity[0][i - n], y = b.grid->node_velocity[1][i - n];
            b.field[i] = (empty ? -40 : 0) - (x * x + y * y) / (2 * 0.01);
        }
        b.shift[0][1] = b.shift[1][1] = b.grid->spacing / 2; /* between the nodes */
        cr_expect_eq(kick(&b, 1), empty ? GZ_OK : GZ_ERROR_NOT_CONVERGED, "%s", gz_context_message(context));
        double before = 0, after = 0;
        for (size_t i = n; i < 2 * n; i++) {
            before += b.grid->node_volume[i - n] * exp(b.before[i]);
            after += b.grid->node_volume[i - n] * exp(b.field[i]);
        }
        if (empty) cr_expect_lt(fabs(after / before - 1), 1e-14, "%.2e", after / before - 1);
        clear(&b);
    }
}

/* Where nothing leaves the box, log f is a parabola all the way. */
Test(kick, a_gaussian_moves_as_a_whole_and_comes_back) {
    for (int d = 1; d <= 3; d++) {
        bench b;
        make(&b, d, 49, 10, false);
        maxwellian(&b, 0, true);
        cr_assert_eq(kick(&b, 1), GZ_OK);
        const double there = maxwellian(&b, 1, false);
        cr_assert_eq(kick(&b, -1), GZ_OK);
        const double back = maxwellian(&b, 0, false);
        cr_expect(there < 1e-11 && back < 1e-11, "d %d: %.2e there, %.2e back", d, there, back);
        clear(&b);
    }
}

/* f is the sum of two Maxwellians. The largest error of a kick relative to max f. */
static double error_on(size_t nodes, bool linear) {
    bench b;
    make(&b, 2, nodes, 7, linear);
    const gz_phase_grid *grid = b.grid;
    double worst = 0;
    for (int moved = 0; moved <= 1; moved++) {
        for (size_t c = 0; c < CELLS; c++)
            for (size_t p = 0; p < grid->node_count; p++) {
                const double x = grid->node_velocity[0][p] - moved * b.shift[0][c],
                             y = grid->node_velocity[1][p] - moved * b.shift[1][c],
                             f = exp(-(x - 1) * (x - 1) - y * y) +
                                 0.5 * exp(-(x + 1) * (x + 1) - (y - 0.5) * (y - 0.5));
                double *value = b.field + c * grid->node_count + p;
                if (moved)
                    worst = fmax(worst, fabs(density(&b, linear, value, 0) - f));
                else
                    *value = linear ? f : log(f);
            }
        if (!moved) cr_assert_eq(kick(&b, 1), GZ_OK);
    }
    clear(&b);
    return worst;
}

Test(kick, interpolation_has_order_6) {
    for (int linear = 0; linear <= 1; linear++) {
        const double coarse = error_on(85, linear), fine = error_on(169, linear), order = log2(coarse / fine);
        cr_expect(order > 5.5 && fine < 1e-6, "linear %d: %.2e, %.2e, order %.2f", linear, coarse, fine,
                  order);
    }
}

Test(kick, a_cell_without_a_shift_stays_as_it_is) {
    bench b;
    make(&b, 2, 17, 5, false);
    for (int a = 0; a < 2; a++) b.shift[a][1] = 0;
    cr_assert_eq(kick(&b, 1), GZ_OK);
    const size_t n = b.grid->node_count;
    cr_expect_arr_eq(b.field + n, b.before + n, n * sizeof(double));
    cr_expect(memcmp(b.field, b.before, n * sizeof(double)) != 0);
    clear(&b);
}

Test(kick, what_cannot_be_is_refused) {
    bench b;
    make(&b, 2, 17, 5, false);
    b.shift[1][2] = 2.6;
    cr_expect_eq(kick(&b, 1), GZ_ERROR_NOT_CONVERGED);
    cr_expect(strstr(gz_context_message(context), "cell 2 by 4.2 nodes"), "%s", gz_context_message(context));
    b.shift[1][2] = NAN;
    cr_expect_eq(kick(&b, 1), GZ_ERROR_NOT_CONVERGED);
    b.shift[1][2] = 0.1;
    b.field[2 * b.grid->node_count + 40] = NAN;
    cr_expect_eq(kick(&b, 1), GZ_ERROR_NOT_CONVERGED);
    cr_expect(strstr(gz_context_message(context), "moments of cell 2"), "%s", gz_context_message(context));
    clear(&b);
}

Test(kick, threads_and_failed_allocations) {
    bench one, three;
    gz_context *own = context;
    make(&three, 2, 17, 5, false);
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    make(&one, 2, 17, 5, false);
    cr_assert(kick(&one, 1) == GZ_OK && kick(&three, 1) == GZ_OK);
    cr_expect_arr_eq(one.field, three.field, one.grid->size * sizeof(double));
    for (size_t n = 1; n <= 5; n++) {
        gz_kick *kick = NULL;
        gz_context_fail_allocation(context, n);
        cr_expect_eq(gz_kick_create(context, one.grid, false, &kick), GZ_ERROR_MEMORY);
        cr_expect_null(kick);
    }
    gz_context_fail_allocation(context, 0);
    clear(&one);
    clear(&three);
    gz_context_destroy(context);
    context = own;
}
