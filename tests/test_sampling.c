/* Sampling: what components ask for and what grids have of it, against sums of this file in long double; the grid
 * that a message names is one that does it; normalised components have what they ask for. */
#include "functionals.h"
#include "initial.h"
#include "result_file.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

static gz_context *context;
static gz_phase_grid *grid;
static gz_state state;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    grid = NULL;
    state = (gz_state){0};
    scratch_open();
}

static void close_all(void) {
    scratch_close();
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(sampling, .init = open_all, .fini = close_all);

static void use_grid(int space_dim, int velocity_dim, size_t cells, size_t nodes, double half_width) {
    const gz_phase_grid_settings settings = {.space_dim = space_dim,
                                             .velocity_dim = velocity_dim,
                                             .cells = {cells, cells, cells},
                                             .length = {1.5, 1, 2},
                                             .nodes = nodes,
                                             .half_width = half_width};
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK, "%s", gz_context_message(context));
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
}

static const gz_kernel KERNEL = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1};

static gz_status take(size_t count, const gz_component *components, bool normalise, gz_sampling *samplings) {
    return gz_initial_state_of(context, grid, &KERNEL, count, components, normalise, samplings, &state);
}

static gz_sampling sample(const gz_component *component, bool normalise) {
    gz_sampling sampling;
    cr_assert_eq(take(1, component, normalise, &sampling), GZ_OK, "%s", gz_context_message(context));
    return sampling;
}

static void refused(const gz_component *component, bool normalise, const char *says) {
    gz_sampling sampling;
    cr_assert_eq(take(1, component, normalise, &sampling), GZ_ERROR_SETTINGS, "not refused: %s", says);
    cr_assert_not_null(strstr(gz_context_message(context), says), "%s", gz_context_message(context));
}

/* --- what is asked for, and what there is --------------------------------------------------------------- */

/* The beams of a user who gave narrow ones: between the nodes, on a node, beyond the box, in a box that is too
 * small. The numbers are those of closed forms: 0.25/(2 pi T) exp(-1/(8 T)) of the mass, and so on. */
Test(sampling, narrow_beams_and_small_boxes_are_seen) {
    const gz_component between = {.velocity = {0.25, 0.25}, .temperature = {0.02, 0.02}},
                       on_a_node = {.density = 2, .temperature = {0.016, 0.016}},
                       outside = {.velocity = {50, 0}}, thermal = {0};
    use_grid(0, 2, 1, 25, 6);
    gz_sampling s = sample(&between, false);
    cr_assert_float_eq(s.got.mass, 4 * 0.25 / (2 * PI * 0.02) * exp(-0.125 / 0.04), 1e-4);
    cr_assert_float_eq(s.got.mass, 0.3496, 1e-4);
    cr_assert(s.asked.mass == 1 && s.asked.momentum[1] == 0.25);
    cr_assert_float_eq(s.asked.energy, 2 * (0.0625 + 0.02), 1e-15);
    cr_assert_float_eq(s.off, 1 - s.got.mass, 1e-12);
    cr_assert(!gz_sampling_is_usable(&s) && !s.can_be_normalised);
    s = sample(&on_a_node, false);
    cr_assert_float_eq(s.got.mass, 4.98, 5e-3, "%g", s.got.mass);
    cr_assert(s.asked.mass == 2 && !gz_sampling_is_usable(&s) && s.can_be_normalised);
    const gz_component both[2] = {outside, thermal};
    gz_sampling two[2];
    cr_assert_eq(take(2, both, false, two), GZ_OK);
    cr_assert(two[0].got.mass == 0 && two[0].off == 1 && !two[0].can_be_normalised);
    cr_assert(gz_sampling_is_resolved(&two[1]));
    use_grid(0, 2, 1, 25, 2);
    s = sample(&thermal, false);
    cr_assert_float_eq(s.got.mass, pow(erf(2 / sqrt(2)), 2), 1e-3);
    cr_assert(!gz_sampling_is_usable(&s));
    use_grid(0, 2, 1, 25, 5);
    s = sample(&thermal, false);
    cr_assert(!gz_sampling_is_resolved(&s) && gz_sampling_is_usable(&s));
    use_grid(0, 2, 1, 25, 6);
    s = sample(&thermal, false);
    cr_assert(gz_sampling_is_resolved(&s));
}

/* The component of one place in x, and its sums in long double: 1, v_1, v_2, v_3, |v|^2. */
static void sums_at(const gz_component *c, double cosine, double sine, long double got[5],
                    long double asked[5]) {
    const int d = grid->velocity_dim;
    const double n = c->density * (1 + c->density_wave * cosine);
    for (int k = 0; k < 5; k++) got[k] = asked[k] = 0;
    asked[0] = n;
    for (size_t p = 0; p < grid->node_count; p++) {
        long double f = n, v2 = 0;
        for (int a = 0; a < d; a++) {
            const long double v = grid->node_velocity[a][p],
                              T = c->temperature[a] * (1 + c->temperature_wave * cosine),
                              w = v - c->velocity[a] - c->velocity_wave[a] * sine;
            f *= expl(-w * w / (2 * T)) / sqrtl(2 * (long double)PI * T);
            v2 += v * v;
        }
        f *= grid->node_volume[p];
        got[0] += f;
        for (int a = 0; a < d; a++) got[1 + a] += f * grid->node_velocity[a][p];
        got[4] += f * v2;
    }
    for (int a = 0; a < d; a++) {
        const double u = c->velocity[a] + c->velocity_wave[a] * sine;
        asked[1 + a] = n * u;
        asked[4] += n * (u * u + c->temperature[a] * (1 + c->temperature_wave * cosine));
    }
}

/* In every cell mass, momentum and energy count, each relative to the component, however small it is beside the
 * others. */
Test(sampling, the_worst_value_of_the_worst_cell_counts) {
    gz_component c = {.density = 1e-3,
                      .velocity = {0.4, -0.7, 0.1},
                      .temperature = {0.9, 0.5, 0.7},
                      .mode = {1},
                      .phase = 0.1,
                      .density_wave = 0.5,
                      .velocity_wave = {0.3, 0.2, 0.1},
                      .temperature_wave = 0.6};
    const gz_component large = {.density = 100};
    for (int d = 2; d <= 3; d++)
        for (int k = 0; k < 4; k++) {
            const gz_component both[2] = {large, c};
            gz_sampling two[2];
            long double got[5], asked[5], all_got[5] = {0}, all_asked[5] = {0}, worst = 0;
            size_t cell = 0;
            use_grid(1, d, 5, (size_t[]){11, 13, 17, 21}[k], (double[]){4, 5, 6, 7}[k]);
            cr_assert_eq(take(2, both, false, two), GZ_OK, "%s", gz_context_message(context));
            for (size_t i = 0; i < 5; i++) {
                const double phase = 2 * PI * (0.1 + ((double)i + 0.5) / 5);
                sums_at(&c, cos(phase), sin(phase), got, asked);
                for (int j = 0; j < 5; j++) {
                    const long double scale = j == 0 || j == 4 ? asked[j] : sqrtl(asked[0] * asked[4]),
                                      off = fabsl(got[j] - asked[j]) / scale;
                    all_got[j] += got[j] * 1.5L / 5;
                    all_asked[j] += asked[j] * 1.5L / 5;
                    if (off > worst) cell = i;
                    worst = fmaxl(worst, off);
                }
            }
            const gz_sampling *s = &two[1];
            cr_assert_float_eq(s->off, (double)worst, 1e-11 + 1e-9 * (double)worst, "%g, not %Lg", s->off,
                               worst);
            cr_assert_eq(s->cell, cell);
            cr_assert_float_eq(s->got.mass, (double)all_got[0], 1e-16);
            cr_assert_float_eq(s->asked.mass, (double)all_asked[0], 1e-16);
            cr_assert_float_eq(s->got.energy, (double)all_got[4], 1e-15);
            cr_assert_float_eq(s->asked.energy, (double)all_asked[4], 1e-15);
            for (int a = 0; a < d; a++) {
                cr_assert_float_eq(s->got.momentum[a], (double)all_got[1 + a], 1e-16);
                cr_assert_float_eq(s->asked.momentum[a], (double)all_asked[1 + a], 1e-16);
            }
        }
}

/* One cell is too cold, though the sums over all cells look fine. */
Test(sampling, a_wave_of_the_temperature_is_compared_where_it_is_cold) {
    const gz_component wave = {.mode = {1}, .density_wave = 0.99, .temperature_wave = 0.97};
    use_grid(1, 2, 9, 33, 9);
    const gz_sampling s = sample(&wave, false);
    cr_assert_eq(s.cell, 4, "%zu", s.cell); /* p = pi */
    cr_assert_lt(fabs(s.got.mass / s.asked.mass - 1), 2e-3);
    cr_assert_gt(s.off, 0.5);
}

/* The grid that a message names has what the component asks for, and does so for all closed forms. */
Test(sampling, the_grid_that_is_named_resolves) {
    const gz_component components[] = {
        {0},
        {.velocity = {0.25, 0.25}, .temperature = {0.02, 0.02}},
        {.velocity = {7, -3}, .temperature = {0.5, 0.1}},
        {.mode = {1}, .density_wave = 0.9, .velocity_wave = {2, 1}, .temperature_wave = 0.9},
        {.shape = GZ_BKW, .time = 0},
        {.shape = GZ_BKW, .time = 0.3},
        {.shape = GZ_RANDOM, .seed = 3},
        {.shape = GZ_RANDOM, .seed = 8, .velocity = {3, 1}, .temperature = {0.3, 2}}};
    for (size_t i = 0; i < sizeof components / sizeof *components; i++) {
        use_grid(1, 2, 5, 7, 3);
        gz_sampling s = sample(&components[i], false);
        char text[400];
        cr_assert_not(gz_sampling_is_resolved(&s), "%zu: %g", i, s.off);
        gz_sampling_describe(&s, grid, text, sizeof text);
        const char *width = strstr(text, "grid.v.half_width to "), *nodes = strstr(text, "grid.v.nodes to ");
        const double half_width = width ? strtod(width + 21, NULL) : 3;
        use_grid(1, 2, 5, nodes ? strtoul(nodes + 16, NULL, 10) : 7, half_width);
        s = sample(&components[i], false);
        cr_assert(gz_sampling_is_resolved(&s), "%zu: off by %g after: %s", i, s.off, text);
    }
    use_grid(0, 3, 1, 7, 3);
    gz_component three = {.shape = GZ_BKW, .time = 0.23};
    gz_sampling s = sample(&three, false);
    use_grid(0, 3, 1, (size_t)(2 * s.half_width / s.spacing) + 2, s.half_width);
    s = sample(&three, false);
    cr_assert(gz_sampling_is_resolved(&s), "%g", s.off);
}

/* --- what is no component ------------------------------------------------------------------------------- */

/* Beyond an amplitude of 1 a density is negative: once an empty cell, for log f of a negative number was left out.
 * At the Nyquist number a cosine vanishes or is as high as the phase says. */
Test(sampling, waves_that_are_none_are_refused) {
    const gz_component amplitudes[] = {{.mode = {1}, .density_wave = 1.2},
                                       {.mode = {1}, .density_wave = -1},
                                       {.mode = {1}, .density_wave = NAN},
                                       {.mode = {1}, .temperature_wave = 1.2}};
    use_grid(1, 2, 8, 17, 6);
    for (size_t i = 0; i < 4; i++) refused(&amplitudes[i], false, "between -1 and 1");
    for (int k = 0; k < 8; k++)
        for (int mode = 3; mode <= 5; mode++) {
            const gz_component waves[] = {{.mode = {mode}, .phase = k / 8., .density_wave = 0.3},
                                          {.mode = {-mode}, .phase = k / 8., .velocity_wave = {0, 0.1}},
                                          {.mode = {mode}, .phase = k / 8., .temperature_wave = 0.1}};
            for (int i = 0; i < 3; i++)
                if (mode == 3)
                    sample(&waves[i], false);
                else
                    refused(&waves[i], false, "8 cells carry wave numbers below 4");
        }
    const gz_component still = {.mode = {4}};
    sample(&still, false); /* no wave, no Nyquist number */
    const gz_component no_number = {.velocity = {NAN, 0}};
    refused(&no_number, false, "must be a number");
}

/* --- files ---------------------------------------------------------------------------------------------- */

static void write_state(const char *folder) {
    gz_result_file *result = NULL;
    cr_assert_eq(gz_result_create(context, grid, &(gz_result_settings){0}, folder, &result), GZ_OK);
    cr_assert_eq(gz_result_append(result, &state), GZ_OK, "%s", gz_context_message(context));
    cr_assert_eq(gz_result_finish(result), GZ_OK);
    gz_result_destroy(result);
}

/* A file asks for what it has on its own grid: in each cell, or over all of space if it has other cells. */
Test(sampling, a_file_asks_for_what_it_has) {
    char path[500];
    snprintf(path, sizeof path, "%s", scratch_path("result.h5"));
    const gz_component datum = {.temperature = {1, 0.7}, .mode = {1}, .density_wave = 0.3, .velocity = {0.3}};
    gz_component stored = {.shape = GZ_FROM_FILE, .density = 3, .path = path};
    use_grid(1, 2, 5, 21, 5);
    sample(&datum, false);
    gz_moments moments;
    gz_moments_of(grid, state.f, &moments);
    write_state(scratch_path(""));
    gz_sampling s = sample(&stored, false);
    cr_assert(s.off == 0 && !s.whole);
    cr_assert_float_eq(s.asked.mass, 3 * moments.mass, 1e-14);
    stored.interpolate = true;
    for (size_t cells = 5; cells <= 10; cells += 5) {
        use_grid(1, 2, cells, 25, 4.8); /* nearly all of it */
        s = sample(&stored, false);
        cr_assert_float_eq(s.asked.mass, 3 * moments.mass, 1e-13);
        cr_assert_float_eq(s.asked.momentum[0], 3 * moments.momentum[0], 1e-13);
        cr_assert_float_eq(s.asked.energy, 3 * moments.energy, 1e-13);
        cr_assert(s.whole == (cells == 10) && gz_sampling_is_usable(&s) && !gz_sampling_is_resolved(&s));
        s = sample(&stored, true);
        cr_assert_lt(s.off, 1e-13);
        cr_assert_float_eq(s.got.energy, 3 * moments.energy, 1e-12);
        use_grid(1, 2, cells, 25, 2); /* the box cuts it */
        s = sample(&stored, false);
        cr_assert_not(gz_sampling_is_usable(&s));
    }
}

/* Zeros that a regularisation would lift are fine, but not zeros alone: they are no density, and nothing to lift. */
Test(sampling, a_file_of_zeros_is_no_component) {
    char path[500];
    snprintf(path, sizeof path, "%s", scratch_path("result.h5"));
    use_grid(1, 2, 3, 13, 6);
    for (size_t i = 0; i < grid->size; i++) state.f[i] = 0;
    write_state(scratch_path(""));
    const gz_component lifted[] = {
        {.shape = GZ_FROM_FILE, .path = path, .beta = 0.5},
        {.shape = GZ_FROM_FILE, .path = path, .theta = 0.1},
        {.shape = GZ_FROM_FILE, .path = path, .alpha = 0.1, .beta = 0.5, .theta = 0.1}};
    for (int i = 0; i < 3; i++) {
        const gz_component two[2] = {{0}, lifted[i]};
        gz_sampling samplings[2];
        refused(&lifted[i], false, "result.h5: dataset f is zero everywhere");
        cr_assert_eq(take(2, two, false, samplings), GZ_ERROR_SETTINGS);
        refused(&lifted[i], true, "zero everywhere");
    }
    for (size_t i = 0; i < grid->size; i++) state.f[i] = i == grid->size / 2;
    write_state(scratch_path(""));
    const gz_sampling s = sample(&lifted[0], false);
    cr_assert_eq(s.off, 0);
}

/* --- normalised ----------------------------------------------------------------------------------------- */

/* Components of all shapes on grids that are too coarse or too small get what they ask for, in every cell. */
Test(sampling, normalised_components_have_what_they_ask_for) {
    const gz_component components[] = {
        {.density = 2, .temperature = {0.016, 0.016}}, /* on a node: 4.98 of the mass 2 */
        {.velocity = {0.3, -0.2}, .temperature = {0.3, 0.4}},
        {.density = 1e-20, .velocity = {3, 0}, .temperature = {2, 1}},
        {.mode = {1}, .density_wave = 0.9, .velocity_wave = {2, 1}, .temperature_wave = 0.5},
        {.mode = {1}, .temperature_wave = 0.9999}, /* in one cell all but 1e-300 of it on one node */
        {.shape = GZ_BKW, .density = 3},
        {.shape = GZ_RANDOM, .seed = 3}};
    for (size_t i = 0; i < sizeof components / sizeof *components; i++)
        for (int d = 2; d <= 3; d++) {
            gz_component c = components[i];
            if (c.shape == GZ_BKW) c.time = 0.08; /* d = 3 is a density from 0.076 on at n B = 3 */
            use_grid(1, d, 5, 11, 4);
            const gz_sampling before = sample(&c, false);
            cr_assert_not(gz_sampling_is_resolved(&before));
            const gz_sampling s = sample(&c, true);
            gz_moments moments;
            gz_moments_of(grid, state.f, &moments);
            const double scale = sqrt(s.asked.mass * s.asked.energy);
            cr_assert_lt(s.off, 1e-12, "%zu, d = %d: %g", i, d, s.off);
            cr_assert_eq(s.off_before, before.off);
            cr_assert_lt(fabs(moments.mass / s.asked.mass - 1), 1e-12);
            cr_assert_lt(fabs(moments.energy / s.asked.energy - 1), 1e-12);
            for (int a = 0; a < d; a++)
                cr_assert_lt(fabs(moments.momentum[a] - s.asked.momentum[a]), 1e-12 * scale);
        }
}

/* Where the grid has what is asked for, normalising changes nothing but round-off. */
Test(sampling, normalising_leaves_a_resolved_component_alone) {
    const gz_component c = {
        .mode = {1}, .density_wave = 0.5, .velocity_wave = {0.4, 0}, .temperature_wave = 0.2};
    use_grid(1, 2, 5, 33, 8.5);
    double *f = NULL;
    sample(&c, false);
    cr_assert_eq(gz_allocate(context, grid->size, sizeof(double), &f), GZ_OK);
    memcpy(f, state.f, grid->size * sizeof *f);
    sample(&c, true);
    cr_assert_lt(gz_relative_l2(grid, state.f, f), 1e-9);
    gz_release(f);
}

Test(sampling, what_no_density_on_the_grid_has_cannot_be_normalised) {
    const gz_component cold = {.velocity = {0.25, 0.25}, .temperature = {0.02, 0.02}},
                       outside = {.velocity = {0, -6.5}}, hot = {.temperature = {90, 1}};
    use_grid(0, 2, 1, 25, 6);
    refused(&cold, true,
            "temperature is 0.02, and that of a density on nodes around its mean velocity is above 0.0625");
    refused(&outside, true, "lies outside the box; widen grid.v.half_width, now 6");
    refused(&hot, true, "that of a density in the box is below 36");
}
