/* Answers of homogeneous problems, the cases 1 to 4: the exact values are closed formulas. */
#include "answers.h"

#include <math.h>

bool answers_add(answers *list, int number, const char *problem, const char *quantity, double exact,
                 double computed, double bound) {
    const double error = fabs(computed / exact - 1);
    const bool kept = answers_add_error(list, number, problem, quantity, error, bound);
    list->row[list->count - 1].exact = exact;
    list->row[list->count - 1].computed = computed;
    return kept;
}

bool answers_add_error(answers *list, int number, const char *problem, const char *quantity, double error,
                       double bound) {
    if (list->count == MOST_ANSWERS) return false;
    answer *row = &list->row[list->count++];
    *row = (answer){.number = number, .exact = NAN, .computed = NAN, .error = error, .bound = bound};
    snprintf(row->problem, sizeof row->problem, "%s", problem);
    snprintf(row->quantity, sizeof row->quantity, "%s", quantity);
    return error <= bound;
}

void answers_add_point(answers *list, const char *problem, const char *quantity, double t, double computed,
                       double exact) {
    if (list->curves) fprintf(list->curves, "%s,%s,%.6f,%.9e,%.9e\n", problem, quantity, t, computed, exact);
}

static const gz_kernel MAXWELL = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1},
                       COULOMB = {GZ_KERNEL_POWER, .gamma = -3, .strength = 1};
static const gz_kappa UNIFORM = {.shape = GZ_KAPPA_UNIFORM};

/* What every run must keep, whatever it solves: J = 0 to round-off in each step, the invariants, f > 0. */
static void add_identities(answers *list, int number, const bench *b) {
    char name[48];
    gz_moments now;
    gz_moments_of(b->grid, b->state.f, &now);
    bench_name(b, name);
    answers_add_error(list, number, name, "largest absolute J of a step", b->worst_defect, 1e-13);
    answers_add_error(list, number, name, "drift of mass, momentum, energy", bench_drift(b), 1e-13);
    answers_add_error(list, number, name, "least f, positive", now.f_min > 0 ? 0 : 1, 0);
    list->row[list->count - 1].computed = now.f_min;
}

/* --- 1: BKW ------------------------------------------------------------------------------------------- */

/* E1(x) = int_1^inf e^{-xt}/t dt by its continued fraction and the modified Lentz method; x > 0.3 here. */
static double exponential_integral(double x) {
    double b = x + 1, c = 1e300, d = 1 / b, h = d;
    for (int i = 1; i < 1000; i++) {
        const double a = -(double)i * i;
        b += 2;
        d = 1 / (a * d + b);
        c = b + a / c;
        h *= c * d;
        if (fabs(c * d - 1) < 1e-15) break;
    }
    return h * exp(-x);
}

/* H of the BKW solution, d = 2. */
static double bkw_entropy(double K) {
    const double a = (2 * K - 1) / K, b = (1 - K) / K;
    return -log(8 * atan(1) * K) - 1 / K + log(a) + b * (1 + exp(a / b) * exponential_integral(a / b));
}

static double fourth_moment(const gz_phase_grid *grid, const double *f) {
    double sum = 0;
    for (size_t i = 0; i < grid->size; i++)
        sum += grid->node_volume[i] * grid->node_energy[i] * grid->node_energy[i] * f[i];
    return sum;
}

void answer_bkw(gz_context *context, answers *list, grid_size size, int order, double strength, double begin,
                double end, int steps, double error, double applications) {
    const gz_kernel kernel = {GZ_KERNEL_POWER, .gamma = 0, .strength = strength};
    const gz_problem problem = bench_problem(size, kernel, UNIFORM, order);
    const gz_component start = {.shape = GZ_BKW, .time = begin};
    const double d = size.velocity_dim, C = size.velocity_dim == 2 ? 0.5 : 1;
    bench b;
    char name[48];
    bench_open(context, &problem, &b);
    bench_start_component(&b, &start);
    bench_name(&b, name);
    double K = NAN;
    for (int n = 0; n <= steps; n++) {
        if (n > 0) bench_step(&b, (end - begin) / steps);
        K = 1 - C * exp(-2 * (d - 1) * strength * (begin + (end - begin) * n / steps));
        answers_add_point(list, name, "fourth moment", (end - begin) * n / steps,
                          fourth_moment(b.grid, b.state.f), d * (d + 2) * K * (2 - K));
    }
    gz_initial_exact(b.grid, &problem, 1, &start, end - begin, b.rate);
    answers_add_error(list, 1, name, "f at the end, relative L2", gz_relative_l2(b.grid, b.state.f, b.rate),
                      error);
    answers_add(list, 1, name, "fourth moment at the end", d * (d + 2) * K * (2 - K),
                fourth_moment(b.grid, b.state.f), 10 * error);
    if (size.velocity_dim == 2)
        answers_add(list, 1, name, "H at the end", bkw_entropy(K),
                    gz_entropy(b.grid, b.state.f, b.state.log_f), error);
    answers_add_error(list, 1, name, "applications of K a step", (double)b.applications / steps,
                      applications);
    add_identities(list, 1, &b);
    bench_close(&b);
}

void answer_bkw_functionals(gz_context *context, answers *list, size_t nodes, double half_width) {
    const gz_kernel kernel = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1. / 16};
    const gz_component at_1 = {.shape = GZ_BKW, .time = 1};
    gz_problem problem = bench_problem((grid_size){0, 2, 1, nodes, half_width}, kernel, UNIFORM, 8);
    char name[48];
    bench b;
    problem.always_wide = true;
    bench_open(context, &problem, &b);
    bench_start_component(&b, &at_1);
    bench_rate(&b);
    answers_add(list, 1, bench_name(&b, name), "H at t = 1, B = 1/16", -2.78904929,
                gz_entropy(b.grid, b.state.f, b.state.log_f), 1e-8);
    answers_add(list, 1, name, "D = -dH/dt there", 0.0375890, -gz_integral(b.grid, b.rate, b.state.log_f),
                1e-5);
    bench_close(&b);
}

/* --- 2: Laguerre modes --------------------------------------------------------------------------------- */

enum { FIRST_MODE = 2, LAST_MODE = 4 };
static const double AMPLITUDE[LAST_MODE + 1] = {0, 0, 0.2, -0.1, 0.05}; /* small enough for f > 0 */

typedef struct laguerre_mode {
    int d, k;
} laguerre_mode;

/* L_k^{(d/2 - 1)}(x); with x = |v|^2/2 these are orthogonal with the Maxwellian as weight. */
static double laguerre(int k, int d, double x) {
    const double alpha = d / 2. - 1;
    double before = 0, now = 1;
    for (int j = 0; j < k; j++) {
        const double next = ((2 * j + 1 + alpha - x) * now - (j + alpha) * before) / (j + 1);
        before = now;
        now = next;
    }
    return now;
}

/* log of M (1 + amplitude L_k) */
static double laguerre_datum(const double *x, const double *v, void *data) {
    const laguerre_mode *mode = (const laguerre_mode *)data;
    double half = 0;
    (void)x;
    for (int a = 0; a < mode->d; a++) half += v[a] * v[a] / 2;
    return log(1 + AMPLITUDE[mode->k] * laguerre(mode->k, mode->d, half)) - half -
           mode->d / 2. * log(8 * atan(1));
}

static double coefficient(const bench *b, const double *f, int k) {
    double sum = 0;
    for (size_t i = 0; i < b->grid->size; i++)
        sum +=
            b->grid->node_volume[i] * f[i] * laguerre(k, b->grid->velocity_dim, b->grid->node_energy[i] / 2);
    return sum;
}

void answer_laguerre(gz_context *context, answers *list, grid_size size, double bound) {
    gz_problem problem = bench_problem(size, MAXWELL, UNIFORM, 8);
    const int d = size.velocity_dim;
    char name[48], quantity[64];
    bench b;
    problem.always_wide = true;
    bench_open(context, &problem, &b);
    for (int k = FIRST_MODE; k <= LAST_MODE; k++) {
        laguerre_mode mode = {d, k};
        bench_start(&b, laguerre_datum, &mode);
        bench_rate(&b);
        snprintf(quantity, sizeof quantity, "Laguerre mode %d: rate at t = 0", k);
        answers_add(list, 2, bench_name(&b, name), quantity, 2 * k * (d - 1),
                    -coefficient(&b, b.rate, k) / coefficient(&b, b.state.f, k), bound);
    }
    bench_close(&b);
}

void answer_laguerre_run(gz_context *context, answers *list, grid_size size, int last_mode, int steps,
                         double bound) {
    const gz_problem problem = bench_problem(size, MAXWELL, UNIFORM, 8);
    const int d = size.velocity_dim;
    char name[48], quantity[64];
    bench b;
    bench_open(context, &problem, &b);
    bench_name(&b, name);
    for (int k = FIRST_MODE; k <= last_mode; k++) {
        laguerre_mode mode = {d, k};
        const double rate = 2 * k * (d - 1), dt = 1 / (rate * steps);
        bench_start(&b, laguerre_datum, &mode);
        const double start = coefficient(&b, b.state.f, k);
        snprintf(quantity, sizeof quantity, "Laguerre mode %d", k);
        for (int n = 0; n <= steps; n++) {
            if (n > 0) bench_step(&b, dt);
            answers_add_point(list, name, quantity, n * dt, coefficient(&b, b.state.f, k) / start,
                              exp(-rate * n * dt));
        }
        snprintf(quantity, sizeof quantity, "Laguerre mode %d: rate of %d steps", k, steps);
        answers_add(list, 2, name, quantity, rate, -log(coefficient(&b, b.state.f, k) / start) / (steps * dt),
                    bound);
        add_identities(list, 2, &b);
    }
    bench_close(&b);
}

/* --- 3: temperature tensor ------------------------------------------------------------------------------ */

/* Entries of Sigma - T Id, the deviator of the stress about the mean velocity. The mass need not be 1. */
typedef struct deviator {
    double entry[GZ_MAX_DIM][GZ_MAX_DIM];
} deviator;

static deviator deviator_of(const bench *b) {
    const int d = b->grid->velocity_dim;
    deviator s;
    gz_moments m;
    double trace = 0;
    gz_moments_of(b->grid, b->state.f, &m);
    for (int i = 0; i < d; i++)
        for (int j = 0; j < d; j++) {
            s.entry[i][j] = m.stress[gz_pair_index(d, i < j ? i : j, i < j ? j : i)] -
                            m.momentum[i] * m.momentum[j] / m.mass;
            if (i == j) trace += s.entry[i][j];
        }
    for (int i = 0; i < d; i++) s.entry[i][i] -= trace / d;
    return s;
}

static double product(int d, const deviator *a, const deviator *b) {
    double sum = 0;
    for (int i = 0; i < d; i++)
        for (int j = 0; j < d; j++) sum += a->entry[i][j] * b->entry[i][j];
    return sum;
}

void answer_temperature(gz_context *context, answers *list, grid_size size, int steps, double bound) {
    const gz_problem problem = bench_problem(size, MAXWELL, UNIFORM, 8);
    const int d = size.velocity_dim;
    random_datum datum = {.velocity_dim = d, .seed = 4};
    char name[48], quantity[64];
    bench b;
    bench_open(context, &problem, &b);
    bench_start(&b, random_bumps, &datum);
    bench_name(&b, name);
    const double rate = 4 * d * b.start.mass, dt = 1 / (rate * steps);
    const deviator start = deviator_of(&b);
    deviator now = start;
    for (int n = 0; n <= steps; n++) {
        if (n > 0) bench_step(&b, dt);
        now = deviator_of(&b);
        answers_add_point(list, name, "deviator of the stress", n * dt,
                          product(d, &now, &start) / product(d, &start, &start), exp(-rate * n * dt));
    }
    snprintf(quantity, sizeof quantity, "deviator of the stress: rate of %d steps", steps);
    answers_add(list, 3, name, quantity, rate,
                -log(product(d, &now, &start) / product(d, &start, &start)) / (steps * dt), bound);
    double across = 0, largest = sqrt(product(d, &now, &now)); /* every entry decays alike */
    for (int i = 0; i < d; i++)
        for (int j = 0; j < d; j++)
            across = fmax(across, fabs(now.entry[i][j] - exp(-rate * steps * dt) * start.entry[i][j]));
    answers_add_error(list, 3, name, "deviator at the end, largest error of an entry", across / largest,
                      bound);
    add_identities(list, 3, &b);
    bench_close(&b);
}

/* --- 4: Coulomb, bi-Maxwellian -------------------------------------------------------------------------- */

typedef struct bi_maxwellian {
    double T_perp, T_par; /* T_par along the first axis, T_perp along the others */
} bi_maxwellian;

static double bi_maxwellian_datum(const double *x, const double *v, void *data) {
    const bi_maxwellian *T = (const bi_maxwellian *)data;
    const double two_pi = 8 * atan(1);
    (void)x;
    return -v[0] * v[0] / (2 * T->T_par) - (v[1] * v[1] + v[2] * v[2]) / (2 * T->T_perp) -
           0.5 * log(two_pi * T->T_par) - log(two_pi * T->T_perp);
}

static double relaxation_rate(const bi_maxwellian *T) {
    const double a = T->T_perp / T->T_par - 1, root = sqrt(fabs(a)),
                 arc = a > 0 ? atan(root) / root : atanh(root) / root;
    const double nu = 1 / sqrt(4 * atan(1)) * pow(T->T_par, -1.5) / (a * a) * (-3 + (a + 3) * arc);
    return 2 * nu * (T->T_perp - T->T_par);
}

void answer_coulomb(gz_context *context, answers *list, double T_perp, double T_par, int count,
                    const size_t *nodes, double half_width, double bound, double order) {
    bi_maxwellian T = {T_perp, T_par};
    const double exact = relaxation_rate(&T);
    double first = NAN, last = NAN;
    char name[48], quantity[64];
    for (int k = 0; k < count; k++) {
        const grid_size size = {0, 3, 1, nodes[k], half_width};
        const gz_problem problem = bench_problem(size, COULOMB, UNIFORM, 8);
        bench b;
        bench_open(context, &problem, &b);
        bench_start(&b, bi_maxwellian_datum, &T);
        bench_rate(&b);
        double rate = 0;
        for (size_t i = 0; i < b.grid->size; i++)
            rate += b.grid->node_volume[i] * b.grid->node_velocity[0][i] * b.grid->node_velocity[0][i] *
                    b.rate[i];
        snprintf(quantity, sizeof quantity, "dT_par/dt, T = (%g, %g)", T_perp, T_par);
        const double coarser = pow((double)(nodes[count - 1] - 1) / (double)(nodes[k] - 1), order);
        answers_add(list, 4, bench_name(&b, name), quantity, exact, rate, bound * coarser);
        last = fabs(rate / exact - 1);
        if (k == 0) first = last;
        bench_close(&b);
    }
    const double observed = log(first / last) / log((double)(nodes[count - 1] - 1) / (double)(nodes[0] - 1));
    snprintf(quantity, sizeof quantity, "order between n = %zu and %zu is %.2f", nodes[0], nodes[count - 1],
             observed);
    answers_add_error(list, 4, "0D3V", quantity, fmax(0, order - observed), 0);
}
