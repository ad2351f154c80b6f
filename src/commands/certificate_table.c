/* Certificate table: r - 1 = -(int <log f, sigma> + int D) / int D, from the sums in a gz_certificate. */
#include "certificate_table.h"

#include <math.h>

/* --- CSV ------------------------------------------------------------------------------------------------ */

static void write_names(FILE *out, int velocity_dim, const char *form) {
    fprintf(out, ",J_%s,J_direct_%s,D_%s,A_%s,product_%s,removed_%s,sawtooth_%s,mass_%s", form, form, form,
            form, form, form, form, form);
    for (int a = 1; a <= velocity_dim; a++) fprintf(out, ",momentum_%d_%s", a, form);
    fprintf(out, ",energy_%s,violation_%s,solver_%s,lifted_%s", form, form, form, form);
}

void gz_certificate_csv_header(FILE *out, int velocity_dim) {
    fputs("interval,begin,end,c", out);
    write_names(out, velocity_dim, "interval");
    write_names(out, velocity_dim, "curve");
    fputs(",applications,seconds\n", out);
}

static void write_values(FILE *out, int velocity_dim, const gz_certificate *c) {
    fprintf(out, ",%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g", c->defect, gz_certificate_direct(c),
            c->dissipation, c->action, c->product, c->removed, c->sawtooth, c->violation.mass);
    for (int a = 0; a < velocity_dim; a++) fprintf(out, ",%.17g", c->violation.momentum[a]);
    fprintf(out, ",%.17g,%.17g,%.17g,%.17g", c->violation.energy, c->violation.size, c->error, c->lifted);
}

void gz_certificate_csv_row(FILE *out, int velocity_dim, const gz_certificate_row *row) {
    fprintf(out, "%zu,%.17g,%.17g,%.17g", row->interval, row->begin, row->end,
            row->interval_form.implicitness);
    write_values(out, velocity_dim, &row->interval_form);
    write_values(out, velocity_dim, &row->curve_form);
    fprintf(out, ",%ld,%.6g\n", row->interval_form.applications + row->curve_form.applications, row->seconds);
    fflush(out);
}

/* --- in words ------------------------------------------------------------------------------------------- */

/* r - 1; 0 if nothing happens. */
static double excess(const gz_certificate *c) {
    return c->dissipation > 0 ? -(c->product + c->dissipation) / c->dissipation : 0;
}

static double rate_error(const gz_certificate *c) {
    return c->dissipation > 0 ? sqrt(fmax(2 * c->defect / c->dissipation, 0)) : 0;
}

static double across(const gz_certificate *c) {
    const double all = rate_error(c), along = excess(c);
    return sqrt(fmax(all * all - along * along, 0));
}

static double largest_momentum(const gz_violation *violation) {
    double largest = 0;
    for (int a = 0; a < GZ_MAX_DIM; a++) largest = fmax(largest, violation->momentum[a]);
    return largest;
}

void gz_certificate_print_header(FILE *out) {
    fprintf(out, "%5s %11s %11s  %10s %10s  %9s %9s  %8s %8s %8s\n", "", "from t", "to t", "J interval",
            "J curve", "too fast", "across", "mass", "momentum", "energy");
}

void gz_certificate_print_row(FILE *out, const gz_certificate_row *row) {
    const gz_violation *v = &row->interval_form.violation;
    fprintf(out, "%5zu %11.6g %11.6g  %10.3e %10.3e  %+8.2g%% %8.2g%%  %8.1e %8.1e %8.1e\n", row->interval,
            row->begin, row->end, row->interval_form.defect, row->curve_form.defect,
            100 * excess(&row->curve_form), 100 * across(&row->curve_form), v->mass, largest_momentum(v),
            v->energy);
}

static void print_form(FILE *out, const char *name, const gz_certificate *c) {
    fprintf(out, "%-24s J = %.4e (solver within %.0e); H(T) - H(0) + 1/2 int (D + Act*) = %.4e\n", name,
            c->defect, c->error, gz_certificate_direct(c));
    fprintf(out, "%-24s int D = %.6e, int Act* = %.6e, %.1e of it in the sawtooth control\n", "",
            c->dissipation, c->action, c->action > 0 ? c->sawtooth / c->action : 0);
}

void gz_certificate_print_total(FILE *out, const gz_certificate_row *total, const gz_moments *start) {
    const gz_certificate *interval = &total->interval_form, *curve = &total->curve_form;
    print_form(out, "interval form", interval);
    print_form(out, "curve form", curve);
    fprintf(out,
            "%-24s %.3g %% too %s along the equation's rate, %.3g %% across it: an error of the rate of %.3g "
            "%%\n",
            "rate of least action", 100 * fabs(excess(curve)), excess(curve) < 0 ? "slow" : "fast",
            100 * across(curve), 100 * rate_error(curve));
    fprintf(out,
            "%-24s mass %.1e, momentum %.1e, energy %.1e between the states, relative to mass and energy\n",
            "violations", interval->violation.mass / start->mass,
            largest_momentum(&interval->violation) / sqrt(start->mass * start->energy),
            interval->violation.energy / start->energy);
    fprintf(out, "%-24s %.1e in the interval form, %.1e in the curve form, in units of J\n", "projected out",
            interval->violation.size, curve->violation.size);
    fprintf(out, "%-24s %ld applications of K, %.3g s\n", "work",
            interval->applications + curve->applications, total->seconds);
}
