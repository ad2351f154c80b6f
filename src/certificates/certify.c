/* Certify: both forms reduce to least actions for a weighted rate sigma and a potential w (least_action.h),
 * once for an interval and once for each Gauss point of a curve.
 */
#include "certify.h"

#include "functionals.h"
#include "iterate.h"
#include "mobility_cap.h"
#include "time_interpolation.h"
#include "transport.h"

#include <math.h>
#include <string.h>

enum { DEFAULT_GAUSS = 3, PIECES = 8 };

struct gz_certifier {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_certifier_settings settings;
    gz_transport *transport; /* NULL if transport is off or nothing moves */
    double *field;           /* scratch for E, [x axis][cell of the whole grid]; NULL without x */
    gz_least_action *least;
    gz_iterate iterate;                          /* for the potential of the interval form */
    double *log_f0, *log_f1, *f, *sigma, *w, *u; /* [cell][node] */
    bool *lifted; /* [cell][node]: the lifted points of the present window, wherever they stream to */
    bool has_lifted;
};

void gz_certifier_destroy(gz_certifier *s) {
    if (!s) return;
    gz_transport_destroy(s->transport);
    gz_release(s->field);
    gz_least_action_destroy(s->least);
    gz_iterate_free(&s->iterate);
    double *work[] = {s->log_f0, s->log_f1, s->f, s->sigma, s->w, s->u};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s->lifted);
    gz_release(s);
}

static gz_status fill(gz_certifier *s, const gz_problem *problem) {
    double **work[] = {&s->log_f0, &s->log_f1, &s->f, &s->sigma, &s->w, &s->u};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(s->context, s->grid->size, sizeof(double), work[i]));
    GZ_TRY(gz_allocate(s->context, s->grid->size, sizeof(bool), &s->lifted));
    const bool walls = s->grid->boundary == GZ_BOX && s->grid->space_dim > 0;
    if (!problem->collisions_only && walls)
        return gz_fail(s->context, GZ_ERROR_SETTINGS,
                       "certificates follow free streaming backward in time, which has no meaning where mass "
                       "leaves through walls; set grid.x.boundary to torus or model.transport to false");
    const size_t field = (size_t)s->grid->space_dim * s->grid->all_cells;
    if (field > 0) GZ_TRY(gz_allocate(s->context, field, sizeof(double), &s->field));
    const gz_transport_settings transport = {.force = problem->force, .field = problem->field};
    if (!problem->collisions_only)
        GZ_TRY(gz_transport_create(s->context, s->grid, &transport, &s->transport));
    GZ_TRY(gz_iterate_init(s->context, s->mobility, &s->iterate));
    return gz_least_action_create(s->context, s->mobility, s->settings.preconditioner, &s->least);
}

gz_status gz_certifier_create(gz_context *context, const gz_problem *problem, gz_mobility *mobility,
                              const gz_certifier_settings *settings, gz_certifier **certifier) {
    *certifier = NULL;
    if (settings->gauss_points < 0 || settings->gauss_points > GZ_MAX_GAUSS)
        return gz_fail(context, GZ_ERROR_USAGE, "%d Gauss points; allowed: 1 to %d", settings->gauss_points,
                       GZ_MAX_GAUSS);
    if (problem->collisions.kind == GZ_NO_COLLISIONS)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "without collisions there is no action that could move a density: nothing to certify");
    gz_certifier *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->mobility = mobility;
    s->grid = gz_mobility_grid(mobility);
    s->settings = *settings;
    if (s->settings.gauss_points == 0) s->settings.gauss_points = DEFAULT_GAUSS;
    const gz_status status = fill(s, problem);
    if (status != GZ_OK) {
        gz_certifier_destroy(s);
        return status;
    }
    *certifier = s;
    return GZ_OK;
}

double gz_certificate_direct(const gz_certificate *c) {
    return c->entropy_change - c->removed + (c->dissipation + c->action) / 2;
}

void gz_certificate_add(gz_certificate *sum, const gz_certificate *part) {
    sum->defect += part->defect;
    sum->entropy_change += part->entropy_change;
    sum->dissipation += part->dissipation;
    sum->action += part->action;
    sum->product += part->product;
    sum->removed += part->removed;
    sum->sawtooth += part->sawtooth;
    sum->error += part->error;
    sum->lifted += part->lifted;
    sum->violation.mass += part->violation.mass;
    for (int a = 0; a < GZ_MAX_DIM; a++) sum->violation.momentum[a] += part->violation.momentum[a];
    sum->violation.energy += part->violation.energy;
    sum->violation.size += part->violation.size;
    sum->applications += part->applications;
}

size_t gz_curve_window_begin(size_t states, size_t interval, int *count) {
    *count = states < 4 ? (int)states : 4;
    const size_t most = states - (size_t)*count, begin = interval > 0 ? interval - 1 : 0;
    return begin < most ? begin : most;
}

/* The part of <u, K u> that belongs to the sawtooth control: sum_a <c_a, |S_a u|^2>. */
static double sawtooth_action(gz_certifier *s) {
    const gz_phase_grid *grid = s->grid;
    double sum = 0;
    for (int a = 0; a < grid->velocity_dim; a++)
        for (size_t cell = 0; cell < grid->cell_count; cell++) {
            const size_t first = cell * grid->node_count;
            const double *c = gz_mobility_sawtooth(s->mobility, a) + first;
            gz_derivative_sawtooth(gz_mobility_derivative(s->mobility), a, s->u + first, s->f);
            for (size_t k = 0; k < grid->node_count; k++) sum += c[k] * s->f[k] * s->f[k];
        }
    gz_ranks_sum(grid->ranks, 1, &sum);
    return sum * grid->cell_volume;
}

/* Take over which points of a window are lifted. Streaming carries them into the other cells. */
static void set_lifted(gz_certifier *s, const bool *lifted) {
    const size_t nodes = s->grid->node_count;
    s->has_lifted = false;
    for (size_t i = 0; i < s->grid->size; i++) {
        s->lifted[i] = lifted && lifted[i];
        s->has_lifted = s->has_lifted || s->lifted[i];
    }
    if (!s->has_lifted || !gz_transport_streaming(s->transport)) return;
    for (size_t k = 0; k < s->grid->species_count; k++) {
        const size_t size = s->grid->one->size;
        bool *of = s->lifted + k * size;
        for (size_t i = nodes; i < size; i++) of[i] = of[i] || of[i - nodes];
        for (size_t i = size - nodes; i-- > 0;) of[i] = of[i + nodes];
    }
}

/* True if this point of a cell or one of its velocity neighbours is lifted: stencils at a jump of log f are
 * narrow. */
static bool near_lifted(const gz_phase_grid *grid, const bool *lifted, size_t node) {
    bool near = lifted[node];
    for (int a = 0; a < grid->velocity_dim; a++) {
        const size_t i = gz_phase_grid_node_index(grid, node, a);
        near = near || (i > 0 && lifted[node - grid->stride[a]]) ||
               (i + 1 < grid->nodes && lifted[node + grid->stride[a]]);
    }
    return near;
}

/* The part of the defect <y, K y>, y = u + w, in pairs with a point near a lifted one: what it loses if the
 * mobility of these points becomes zero. The mobility, sigma and u are overwritten. */
static double lifted_part(gz_certifier *s, const double *w, double defect) {
    const double *weight = gz_mobility_weight(s->mobility);
    if (!s->has_lifted) return 0;
    for (size_t i = 0; i < s->grid->size; i++) {
        const size_t node = i % s->grid->node_count;
        const bool near = near_lifted(s->grid, s->lifted + (i - node), node);
        s->f[i] = near ? 0 : weight[i] / s->grid->node_volume[node];
        s->u[i] += w[i];
    }
    gz_mobility_set_density(s->mobility, s->f);
    gz_mobility_apply(s->mobility, s->u, s->sigma);
    return fmax(defect - gz_mobility_dissipation(s->mobility, s->u, s->sigma), 0);
}

/* Solve for the least action of sigma and w with the present mobility, and add weight times the result. */
static gz_status add_rate(gz_certifier *s, const double *w, double weight, gz_certificate *to) {
    gz_least_action_report rate;
    GZ_TRY(gz_least_action_solve(s->least, s->sigma, w, s->u, &rate));
    const double sawtooth = sawtooth_action(s);
    const gz_certificate part = {.defect = weight / 2 * rate.defect,
                                 .dissipation = weight * rate.dissipation,
                                 .action = weight * rate.action,
                                 .product = weight * rate.product,
                                 .removed = weight * rate.removed,
                                 .sawtooth = weight * sawtooth,
                                 .error = weight / 2 * rate.error,
                                 .violation = {.mass = weight * rate.violation.mass,
                                               .energy = weight * fabs(rate.violation.energy),
                                               .size = weight / 2 * rate.violation.size},
                                 .lifted = weight / 2 * lifted_part(s, w, rate.defect),
                                 .applications = rate.applications + s->has_lifted};
    gz_certificate_add(to, &part);
    for (int a = 0; a < s->grid->velocity_dim; a++)
        to->violation.momentum[a] += weight * fabs(rate.violation.momentum[a]);
    return GZ_OK;
}

/* to = log f transported over t, in so many pieces where a piece has an error. field: E of ampere, or NULL. */
static gz_status transport(const gz_certifier *s, double t, int pieces, const double *log_f,
                           const double *field, double *to) {
    double *E = field && s->field ? s->field : NULL;
    memcpy(to, log_f, s->grid->size * sizeof *to);
    if (E) memcpy(E, field, (size_t)s->grid->space_dim * s->grid->all_cells * sizeof *E);
    if (!s->transport) return GZ_OK;
    if (!gz_transport_has_kicks(s->transport)) return gz_transport_log(s->transport, t, to, NULL);
    for (int k = 0; k < pieces && t != 0; k++) GZ_TRY(gz_transport_log(s->transport, t / pieces, to, E));
    return GZ_OK;
}

/* H, with a bath F = H + <phi, h f>. */
static double entropy_of(const gz_certifier *s, const double *log_f) {
    for (size_t i = 0; i < s->grid->size; i++) s->f[i] = exp(log_f[i]);
    return gz_entropy(s->grid, s->f, gz_mobility_entropy_variable(s->mobility, log_f));
}

/* sigma = h (f1 - f0)/dt, and w and c are the potential and the implicitness of a zero_defect step from
 * log_f0 to log_f1. */
static gz_status set_interval(gz_certifier *s, double dt, double *c) {
    const gz_phase_grid *grid = s->grid;
    for (size_t i = 0; i < grid->size; i++) s->f[i] = exp(s->log_f0[i]);
    const gz_convex_step step = {.f0 = s->f, .log_f0 = s->log_f0, .dt = dt, .rule = GZ_WEIGHT_ZERO_DEFECT};
    gz_minimum at = {.log_f1 = s->log_f1, .w = s->w, .Kw = s->u};
    GZ_TRY(gz_iterate_start(&s->iterate, &step, &at));
    for (size_t i = 0; i < grid->size; i++)
        s->sigma[i] =
            grid->node_volume[i % grid->node_count] * s->f[i] * expm1(s->log_f1[i] - s->log_f0[i]) / dt;
    *c = at.implicitness;
    return GZ_OK;
}

gz_status gz_certify_interval(gz_certifier *s, const gz_curve_window *window, gz_certificate *certificate) {
    const int k = window->first;
    const double dt = window->time[k + 1] - window->time[k];
    *certificate = (gz_certificate){0};
    set_lifted(s, window->lifted);
    GZ_TRY(transport(s, dt / 2, 1, window->log_f[k], window->field[k], s->log_f0));
    GZ_TRY(transport(s, -dt / 2, 1, window->log_f[k + 1], window->field[k + 1], s->log_f1));
    certificate->entropy_change = entropy_of(s, s->log_f1) - entropy_of(s, s->log_f0);
    for (size_t i = 0; i < s->grid->size; i++) s->u[i] = (s->log_f0[i] + s->log_f1[i]) / 2;
    gz_mobility_set_capped(s->mobility, s->u, NULL, s->f);
    GZ_TRY(set_interval(s, dt, &certificate->implicitness));
    return add_rate(s, s->w, dt, certificate);
}

/* sigma of a stage: of the only one from the states before and after it. */
static void set_stage(gz_certifier *s, const gz_collision *stage, bool only, double dt) {
    const gz_phase_grid *grid = s->grid;
    for (size_t i = 0; i < grid->size; i++)
        s->sigma[i] = only ? grid->node_volume[i % grid->node_count] * stage->f0[i] *
                                 expm1(s->log_f1[i] - stage->log_f0[i]) / dt
                           : -stage->Kw[i];
}

gz_status gz_certify_collision(gz_certifier *s, gz_integrator *integrator, double dt, const gz_state *state,
                               gz_certificate *certificate) {
    const size_t stages = gz_integrator_stages(integrator);
    *certificate = (gz_certificate){0};
    set_lifted(s, NULL);
    for (size_t i = 0; i < stages; i++) {
        gz_collision stage;
        GZ_TRY(gz_integrator_collision(integrator, i, &stage));
        if (i == 0) {
            GZ_TRY(transport(s, -stage.after, 1, state->log_f, state->field, s->log_f1));
            certificate->entropy_change = entropy_of(s, s->log_f1);
            certificate->entropy_change -=
                gz_entropy(s->grid, stage.f0, gz_mobility_entropy_variable(s->mobility, stage.log_f0));
        }
        set_stage(s, &stage, stages == 1, dt);
        GZ_TRY(add_rate(s, stage.w, stage.weight * dt, certificate));
    }
    return GZ_OK;
}

gz_status gz_certify_curve(gz_certifier *s, const gz_curve_window *window, gz_certificate *certificate) {
    const gz_phase_grid *grid = s->grid;
    const int k = window->first, from = s->settings.linear ? k : 0,
              count = s->settings.linear ? 2 : window->count;
    const double begin = window->time[k], dt = window->time[k + 1] - begin;
    double point[GZ_MAX_GAUSS], weight[GZ_MAX_GAUSS];
    gz_gauss(s->settings.gauss_points, point, weight);
    set_lifted(s, window->lifted);
    *certificate = (gz_certificate){.implicitness = NAN};
    certificate->entropy_change = entropy_of(s, window->log_f[k + 1]) - entropy_of(s, window->log_f[k]);
    for (int j = 0; j < s->settings.gauss_points; j++) {
        const double t = begin + point[j] * dt;
        double value[4], slope[4];
        gz_lagrange(count, window->time + from, t, value, slope);
        memset(s->log_f0, 0, grid->size * sizeof(double)); /* log f_t */
        memset(s->sigma, 0, grid->size * sizeof(double));
        for (int i = 0; i < count; i++) {
            GZ_TRY(transport(s, t - window->time[from + i], PIECES, window->log_f[from + i],
                             window->field[from + i], s->w));
            for (size_t p = 0; p < grid->size; p++) {
                s->log_f0[p] += value[i] * s->w[p];
                s->sigma[p] += slope[i] * s->w[p];
            }
        }
        for (size_t p = 0; p < grid->size; p++)
            s->sigma[p] *= grid->node_volume[p % grid->node_count] * exp(s->log_f0[p]);
        gz_mobility_set_capped(s->mobility, s->log_f0, NULL, s->f);
        GZ_TRY(
            add_rate(s, gz_mobility_entropy_variable(s->mobility, s->log_f0), weight[j] * dt, certificate));
    }
    return GZ_OK;
}
