/* Ledger columns: a table says where the value of each column is; header and rows are loops over this table. */
#include "ledger_columns.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

typedef enum column_kind {
    REAL,          /* double */
    COUNT,         /* long */
    VECTOR,        /* double [velocity_dim]: name_1, name_2, .. */
    TENSOR,        /* double [pairs], upper triangle row by row: name_11, name_12, .. */
    SPECIES,       /* double [species]: name_SPECIES, .. */
    SPECIES_VECTOR /* double [species][velocity_dim]: name_SPECIES_1, .. */
} column_kind;

typedef enum column_when {
    ALWAYS,
    WITH_THETA,
    WITH_CONTROL,
    WITH_ERROR,
    WITH_EQUILIBRIUM,
    WITH_FISHER,
    WITH_CERTIFICATE,
    WITH_WALLS,
    WITH_FORCES,
    WITH_BATH,
    WITH_SPECIES
} column_when;

typedef struct column {
    const char *name;
    size_t offset; /* in gz_ledger_entry */
    column_kind kind;
    column_when when;
} column;

#define FROM(member) offsetof(gz_ledger_entry, member)

static const column columns[] = {
    {"step", FROM(row.step), COUNT, ALWAYS},
    {"time", FROM(row.time), REAL, ALWAYS},
    {"dt", FROM(row.report.dt), REAL, ALWAYS},
    {"H", FROM(row.entropy), REAL, ALWAYS},
    {"D", FROM(row.dissipation), REAL, ALWAYS},
    {"D_step", FROM(row.report.dissipation), REAL, ALWAYS},
    {"A", FROM(row.report.action), REAL, ALWAYS},
    {"J", FROM(row.report.defect), REAL, ALWAYS},
    {"J_total", FROM(totals.defect), REAL, ALWAYS},
    {"dH_streaming", FROM(row.report.entropy_streaming), REAL, ALWAYS},
    {"mass", FROM(row.moments.mass), REAL, ALWAYS},
    {"momentum", FROM(row.moments.momentum), VECTOR, ALWAYS},
    {"energy", FROM(row.moments.energy), REAL, ALWAYS},
    {"P", FROM(row.moments.stress), TENSOR, ALWAYS},
    {"f_min", FROM(row.moments.f_min), REAL, ALWAYS},
    {"tail", FROM(row.moments.tail), REAL, ALWAYS},
    {"newton", FROM(row.report.work.newton), COUNT, ALWAYS},
    {"cg", FROM(row.report.work.cg), COUNT, ALWAYS},
    {"applications", FROM(row.report.work.applications), COUNT, ALWAYS},
    {"seconds", FROM(row.report.work.seconds), REAL, ALWAYS},
    {"theta", FROM(row.report.theta), REAL, WITH_THETA},
    {"split", FROM(row.report.split), COUNT, WITH_THETA},
    {"estimate", FROM(row.report.estimate), REAL, WITH_CONTROL},
    {"rejected_estimate", FROM(row.report.rejected_estimate), COUNT, WITH_CONTROL},
    {"rejected_solver", FROM(row.report.rejected_solver), COUNT, WITH_CONTROL},
    {"error", FROM(row.error), REAL, WITH_ERROR},
    {"relative_entropy", FROM(row.relative_entropy), REAL, WITH_EQUILIBRIUM},
    {"fisher", FROM(row.fisher.information), REAL, WITH_FISHER},
    {"cross_fisher", FROM(row.fisher.cross), REAL, WITH_FISHER},
    {"A_least", FROM(row.certificate.action), REAL, WITH_CERTIFICATE},
    {"J_least", FROM(row.certificate.defect), REAL, WITH_CERTIFICATE},
    {"J_mean", FROM(row.certificate.mean_defect), REAL, WITH_CERTIFICATE},
    {"mass_left", FROM(totals.left.mass), REAL, WITH_WALLS},
    {"momentum_left", FROM(totals.left.momentum), VECTOR, WITH_WALLS},
    {"energy_left", FROM(totals.left.energy), REAL, WITH_WALLS},
    {"potential_energy", FROM(row.energies.potential), REAL, WITH_FORCES},
    {"field_energy", FROM(row.energies.field), REAL, WITH_FORCES},
    {"energy_total", FROM(row.energies.total), REAL, WITH_FORCES},
    {"dE_transport", FROM(row.report.energy_transport), REAL, WITH_FORCES},
    {"gauss_defect", FROM(row.energies.gauss_defect), REAL, WITH_FORCES},
    {"bath_energy", FROM(totals.bath_energy), REAL, WITH_BATH},
    {"density", FROM(row.species.density), SPECIES, WITH_SPECIES},
    {"momentum", FROM(row.species.momentum), SPECIES_VECTOR, WITH_SPECIES},
    {"temperature", FROM(row.species.temperature), SPECIES, WITH_SPECIES},
};

#undef FROM

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
add(gz_ledger_line *to, const char *format, ...) {
    if (to->length > 0) to->text[to->length++] = ',';
    va_list arguments;
    va_start(arguments, format);
    to->length += (size_t)vsnprintf(to->text + to->length, GZ_LEDGER_LINE - to->length, format, arguments);
    va_end(arguments);
}

static void add_number(gz_ledger_line *to, double value) {
    if (isnan(value))
        add(to, "nan"); /* printf would write -nan for some */
    else
        add(to, "%.17g", value);
}

static bool is_wanted(const gz_ledger_settings *settings, const column *c) {
    return c->when == ALWAYS || (c->when == WITH_ERROR && settings->error) ||
           (c->when == WITH_EQUILIBRIUM && settings->equilibrium) ||
           (c->when == WITH_FISHER && settings->fisher) ||
           (c->when == WITH_CERTIFICATE && settings->certificate) ||
           (c->when == WITH_WALLS && settings->walls) || (c->when == WITH_THETA && settings->theta) ||
           (c->when == WITH_CONTROL && settings->control) || (c->when == WITH_FORCES && settings->forces) ||
           (c->when == WITH_BATH && settings->bath_temperature > 0) ||
           (c->when == WITH_SPECIES && settings->species_count > 0);
}

void gz_ledger_compose_header(const gz_ledger_settings *settings, gz_ledger_line *header) {
    const int d = settings->velocity_dim;
    header->length = 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const column *c = &columns[i];
        if (!is_wanted(settings, c)) continue;
        if (c->kind == VECTOR)
            for (int a = 1; a <= d; a++) add(header, "%s_%d", c->name, a);
        else if (c->kind == TENSOR)
            for (int a = 1; a <= d; a++)
                for (int b = a; b <= d; b++) add(header, "%s_%d%d", c->name, a, b);
        else if (c->kind == SPECIES || c->kind == SPECIES_VECTOR)
            for (size_t s = 0; s < settings->species_count; s++)
                for (int a = 1; a <= (c->kind == SPECIES ? 1 : d); a++)
                    add(header, c->kind == SPECIES ? "%s_%s" : "%s_%s_%d", c->name, settings->species[s].name,
                        a);
        else
            add(header, "%s", c->name);
    }
}

/* The number of values that a column has in a row. */
static int count_of(const gz_ledger_settings *settings, const column *c) {
    if (c->kind == VECTOR) return settings->velocity_dim;
    if (c->kind == SPECIES) return (int)settings->species_count;
    if (c->kind == SPECIES_VECTOR) return (int)settings->species_count * settings->velocity_dim;
    return c->kind == TENSOR ? gz_pair_count(settings->velocity_dim) : 1;
}

void gz_ledger_compose_row(const gz_ledger_settings *settings, const gz_ledger_entry *from,
                           gz_ledger_line *row) {
    row->length = 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const column *c = &columns[i];
        if (!is_wanted(settings, c)) continue;
        const void *source = (const char *)from + c->offset;
        if (c->kind == COUNT) {
            add(row, "%ld", *(const long *)source);
            continue;
        }
        for (int k = 0; k < count_of(settings, c); k++) add_number(row, ((const double *)source)[k]);
    }
}

void gz_ledger_take_row(const gz_ledger_settings *settings, const double *values, gz_ledger_entry *to) {
    *to = (gz_ledger_entry){.row.certificate = {NAN, NAN, NAN}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const column *c = &columns[i];
        if (!is_wanted(settings, c)) continue;
        void *target = (char *)to + c->offset;
        for (int k = 0; k < count_of(settings, c); k++, values++)
            if (c->kind == COUNT)
                *(long *)target = (long)*values;
            else
                ((double *)target)[k] = *values;
    }
    if (settings->bath_temperature > 0)
        to->totals.bath_entropy = to->totals.bath_energy / settings->bath_temperature;
}

double gz_ledger_size(const gz_ledger_settings *settings, double rows) {
    static const double A_REAL = 19.5,
                        A_COUNT = 3; /* bytes of a number and its comma, in the mean of many runs */
    double row = 0;
    gz_ledger_line header;
    gz_ledger_compose_header(settings, &header);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (is_wanted(settings, &columns[i]))
            row += columns[i].kind == COUNT ? A_COUNT : count_of(settings, &columns[i]) * A_REAL;
    return (double)header.length + 1 + rows * row;
}
