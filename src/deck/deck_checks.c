/* Deck checks: what several keys must satisfy together. */
#include "deck_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The node where a key was given, to blame for its value; NULL if the value is a default. */
static const gz_yaml_node *given(const gz_deck_reader *r, const char *path) {
    return gz_yaml_find(r->root, path);
}

static gz_status check_kernel(const gz_deck_reader *r) {
    const gz_kernel *k = &r->deck->problem.kernel;
    if (r->deck->problem.collisions.kind != GZ_LANDAU) return GZ_OK;
    if (k->shape == GZ_KERNEL_POWER && !(k->gamma >= -3 && k->gamma <= 1))
        return gz_deck_fail(
            r, given(r, "model.kernel.gamma"),
            "model.kernel.gamma is %g; a power kernel allows -3 to 1 (-3: Coulomb, 0: Maxwell)", k->gamma);
    if (strcmp(r->deck->integrator.mobility, "moments") == 0 &&
        (k->shape != GZ_KERNEL_POWER || k->gamma != 0))
        return gz_deck_fail(
            r, given(r, "solver.mobility"),
            "solver.mobility is moments; it needs a power kernel with model.kernel.gamma = 0, use fft");
    return GZ_OK;
}

/* What collisions need, and what only some of them have. */
static gz_status check_collisions(const gz_deck_reader *r) {
    const gz_deck *deck = r->deck;
    const gz_collision_kind kind = deck->problem.collisions.kind;
    const char *name = gz_collision_name(kind);
    if (kind == GZ_LANDAU && deck->problem.grid.velocity_dim == 1)
        return gz_deck_fail(
            r, given(r, "model.velocity_dim"),
            "model.velocity_dim is 1, and model.collisions landau needs two: with one velocity axis "
            "a(z) = A(|z|) (1 - z^2/|z|^2) = 0; use fokker_planck, dougherty or none");
    if (kind == GZ_LANDAU) return GZ_OK;
    if (strcmp(deck->integrator.scheme, "jko") == 0 && deck->integrator.inner_steps > 0)
        return gz_deck_fail(
            r, given(r, "time.inner_steps"),
            "time.inner_steps is %d, but model.collisions %s has no Landau distance; set it to 0",
            deck->integrator.inner_steps, name);
    const char *minimizer = deck->integrator.minimizer; /* NULL where the scheme has none */
    if (minimizer && strcmp(minimizer, "full_space") == 0)
        return gz_deck_fail(
            r, given(r, "solver.minimizer"),
            "solver.minimizer is full_space, which works on pairs; model.collisions %s has none, "
            "use newton",
            name);
    if (kind == GZ_NO_COLLISIONS && deck->control_tolerance > 0)
        return gz_deck_fail(
            r, given(r, "time.dt_control.tolerance"),
            "time.dt_control measures errors of collisions, and model.collisions is none; leave it "
            "out: free streaming is exact for any time.dt");
    return GZ_OK;
}

static gz_status check_grid(const gz_deck_reader *r) {
    const gz_phase_grid_settings *g = &r->deck->problem.grid;
    if (g->space_dim > g->velocity_dim)
        return gz_deck_fail(r, given(r, "model.space_dim"),
                            "model.space_dim is %d; allowed: at most model.velocity_dim = %d", g->space_dim,
                            g->velocity_dim);
    /* A stencil of order 2p needs 2p + 1 nodes, a sawtooth difference of degree r needs r + 1. */
    const int order = r->deck->problem.order, least = order < 4 ? 5 : order + 1;
    if (g->nodes < (size_t)least)
        return gz_deck_fail(r, given(r, "grid.v.nodes"),
                            "grid.v.nodes is %zu; grid.v.order %d needs at least %d", g->nodes, order, least);
    double size =
        pow((double)g->nodes, g->velocity_dim) * (g->species_count > 1 ? (double)g->species_count : 1);
    for (int a = 0; a < g->space_dim; a++) size *= (double)g->cells[a];
    if (size > 1e12)
        return gz_deck_fail(r, given(r, "grid.v.nodes"),
                            "the grid would have %.2g phase-space nodes; reduce grid.v.nodes or grid.x.cells",
                            size);
    return GZ_OK;
}

static gz_status check_force(const gz_deck_reader *r) {
    const gz_force *force = &r->deck->problem.force;
    const gz_phase_grid_settings *g = &r->deck->problem.grid;
    if (r->deck->problem.collisions_only || force->shape == GZ_FORCE_NONE) return GZ_OK;
    const gz_yaml_node *shape = given(r, "model.force.shape");
    if (g->space_dim == 0 && force->shape != GZ_FORCE_UNIFORM)
        return gz_deck_fail(r, shape,
                            "model.force.shape depends on x, but model.space_dim is 0; use uniform, or set "
                            "model.space_dim to 1 or more");
    bool wave = force->shape != GZ_FORCE_COSINE;
    for (int a = 0; a < g->space_dim; a++) wave = wave || force->mode[a] != 0;
    if (!wave)
        return gz_deck_fail(r, given(r, "model.force.mode"),
                            "model.force.mode is zero; set the wave number of an x axis, such as [1]");
    if (force->shape != GZ_FORCE_HARMONIC) return GZ_OK;
    if (g->boundary != GZ_BOX)
        return gz_deck_fail(
            r, shape,
            "model.force.shape is harmonic, which has a kink at the seam of a torus; use cosine, or set "
            "grid.x.boundary to box");
    for (int a = 0; a < g->space_dim; a++)
        if (force->strength[a] < 0)
            return gz_deck_fail(r, given(r, "model.force.strength"),
                                "model.force.strength is %g; a harmonic force allows 0 or more",
                                force->strength[a]);
    return GZ_OK;
}

static gz_status check_field(const gz_deck_reader *r) {
    static const char *const NAME[] = {"none", "poisson", "ampere", "convolution"};
    const gz_field_settings *field = &r->deck->problem.field;
    const gz_phase_grid_settings *g = &r->deck->problem.grid;
    if (r->deck->problem.collisions_only || field->shape == GZ_FIELD_NONE) return GZ_OK;
    const gz_yaml_node *shape = given(r, "model.field.shape");
    if (g->space_dim == 0)
        return gz_deck_fail(
            r, shape, "model.field.shape is %s, but model.space_dim is 0; a field needs x axes, 1 or more",
            NAME[field->shape]);
    if (field->strength == 0)
        return gz_deck_fail(
            r, given(r, "model.field.strength"),
            "model.field.strength is 0; allowed: any other number, or model.field.shape none");
    if (field->shape != GZ_FIELD_CONVOLUTION && g->boundary == GZ_BOX)
        return gz_deck_fail(
            r, shape,
            "model.field.shape is %s, which needs a periodic x; with grid.x.boundary box use convolution",
            NAME[field->shape]);
    if (field->shape == GZ_FIELD_CONVOLUTION && !*r->deck->field_path && g->boundary == GZ_TORUS)
        return gz_deck_fail(
            r, shape,
            "model.field.shape is convolution with psi = |x|^2/2, which has a kink half-way around a torus; "
            "give model.field.path, or set grid.x.boundary to box");
    return GZ_OK;
}

static gz_status check_time(const gz_deck_reader *r) {
    const gz_deck *deck = r->deck;
    if (deck->end / deck->dt > 1e9)
        return gz_deck_fail(
            r, given(r, "time.dt"),
            "time.dt is %g; the run to time.end = %g would take %.2g steps, at most 1e9 are allowed",
            deck->dt, deck->end, deck->end / deck->dt);
    const bool fourth = strcmp(deck->integrator.scheme, "zero_defect4") == 0;
    if (deck->integrator.never_split && !fourth)
        return gz_deck_fail(
            r, given(r, "time.dt_control.by"),
            "time.dt_control.by is theta, which only time.scheme zero_defect4 has; use difference or "
            "certificate");
    if (deck->integrator.zero_defect && given(r, "time.space_form") &&
        deck->integrator.space_form == GZ_FLUX_FORM)
        return gz_deck_fail(
            r, given(r, "time.space_form"),
            "time.space_form is flux, but time.zero_defect needs the log form; leave time.space_form out");
    if (deck->integrator.zero_defect) r->deck->integrator.space_form = GZ_LOG_FORM;
    if (fourth && deck->problem.grid.boundary == GZ_BOX && deck->problem.grid.space_dim > 0 &&
        !deck->problem.collisions_only)
        return gz_deck_fail(
            r, given(r, "time.scheme"),
            "time.scheme is zero_defect4, which streams back in time and needs periodic x; with "
            "grid.x.boundary box use zero_defect");
    if (fourth && gz_problem_has_kicks(&deck->problem))
        return gz_deck_fail(
            r, given(r, "time.scheme"),
            "time.scheme is zero_defect4, which streams freely; with model.force or model.field use "
            "zero_defect");
    return GZ_OK;
}

static gz_status check_waves(const gz_deck_reader *r, size_t place, const gz_component *c) {
    const gz_phase_grid_settings *g = &r->deck->problem.grid;
    char path[GZ_DECK_PATH], mode_path[GZ_DECK_PATH];
    bool wave = c->density_wave != 0 || c->temperature_wave != 0, mode = false;
    for (int a = 0; a < g->velocity_dim; a++) wave = wave || c->velocity_wave[a] != 0;
    for (int a = 0; a < g->space_dim; a++) mode = mode || c->mode[a] != 0;
    snprintf(path, sizeof path, "initial.%zu", place);
    snprintf(mode_path, sizeof mode_path, "initial.%zu.mode", place);
    if (wave && !mode)
        return gz_deck_fail(r, given(r, given(r, mode_path) ? mode_path : path),
                            "%s is zero, but a wave is given; set the wave number of an x axis, such as [1]",
                            mode_path);
    for (int a = 0; a < g->space_dim; a++)
        if (wave && 2 * (size_t)labs(c->mode[a]) >= g->cells[a])
            return gz_deck_fail(
                r, given(r, mode_path),
                "%s is %d on x axis %d; %zu cells carry wave numbers up to %zu, since a wave needs "
                "more than two cells: set grid.x.cells to %ld or more",
                mode_path, c->mode[a], a + 1, g->cells[a], (g->cells[a] - 1) / 2, 2 * labs(c->mode[a]) + 1);
    return GZ_OK;
}

gz_status gz_deck_check(const gz_deck_reader *r) {
    GZ_TRY(check_kernel(r));
    GZ_TRY(check_collisions(r));
    GZ_TRY(check_grid(r));
    GZ_TRY(check_force(r));
    GZ_TRY(check_field(r));
    GZ_TRY(check_time(r));
    GZ_TRY(gz_deck_check_species(r));
    for (size_t i = 0; i < r->deck->component_count; i++) {
        const gz_component *c = &r->deck->components[i];
        if (c->shape == GZ_MAXWELLIAN) GZ_TRY(check_waves(r, i, c));
    }
    return GZ_OK;
}
