/* Ledger: a table says where the value of each column is; header and rows are loops over this table. */
#include "ledger.h"
#include "checksum.h"
#include "excerpt.h"
#include "files.h"
#include "plain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 4096 };

/* The values that the columns of a row are taken from. */
typedef struct entry {
    gz_ledger_row row;
    gz_ledger_totals totals;
} entry;

typedef enum column_kind {
    REAL,   /* double */
    COUNT,  /* long */
    VECTOR, /* double [velocity_dim]: name_1, name_2, .. */
    TENSOR  /* double [pairs], upper triangle row by row: name_11, name_12, .. */
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
    WITH_BATH
} column_when;

typedef struct column {
    const char *name;
    size_t offset; /* in entry */
    column_kind kind;
    column_when when;
} column;

#define FROM(member) offsetof(entry, member)

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
};

#undef FROM

struct gz_ledger {
    gz_context *context;
    gz_ledger_settings settings;
    char *path;
    int descriptor; /* -1 on other ranks than the first */
    off_t length;   /* bytes of the file up to its last complete line */
    uint64_t sum;   /* of these bytes */
    gz_ledger_totals totals;
};

/* A line under construction. */
typedef struct line {
    size_t length;
    char text[LINE_SIZE];
} line;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
add(line *to, const char *format, ...) {
    if (to->length > 0) to->text[to->length++] = ',';
    va_list arguments;
    va_start(arguments, format);
    to->length += (size_t)vsnprintf(to->text + to->length, LINE_SIZE - to->length, format, arguments);
    va_end(arguments);
}

static void add_number(line *to, double value) {
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
           (c->when == WITH_BATH && settings->bath_temperature > 0);
}

static void compose_header(const gz_ledger_settings *settings, line *header) {
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
        else
            add(header, "%s", c->name);
    }
}

/* The number of values that a column has in a row. */
static int count_of(const gz_ledger_settings *settings, const column *c) {
    if (c->kind == VECTOR) return settings->velocity_dim;
    return c->kind == TENSOR ? gz_pair_count(settings->velocity_dim) : 1;
}

static void compose_row(const gz_ledger_settings *settings, const entry *from, line *row) {
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

/* The inverse of compose_row: take the values of all wanted columns. */
static void take_row(const gz_ledger_settings *settings, const double *values, entry *to) {
    *to = (entry){.row.certificate = {NAN, NAN, NAN}};
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
    line header;
    compose_header(settings, &header);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (is_wanted(settings, &columns[i]))
            row += columns[i].kind == COUNT ? A_COUNT : count_of(settings, &columns[i]) * A_REAL;
    return (double)header.length + 1 + rows * row;
}

/* Write a line. On failure the file is cut back to its last complete line. */
static gz_status write_line(gz_ledger *ledger, line *l) {
    if (ledger->descriptor < 0) return GZ_OK;
    l->text[l->length++] = '\n';
    const int error = gz_write_all(ledger->descriptor, l->text, l->length);
    if (error != 0) {
        if (ftruncate(ledger->descriptor, ledger->length) == 0)
            lseek(ledger->descriptor, ledger->length, SEEK_SET);
        return gz_fail_file(ledger->context, "write", ledger->path, error);
    }
    ledger->length += (off_t)l->length;
    ledger->sum = gz_checksum_add_bytes(ledger->sum, l->text, l->length);
    return GZ_OK;
}

static gz_status make(gz_context *context, const gz_ledger_settings *settings, const char *path, int flags,
                      gz_ledger **ledger) {
    if (settings->velocity_dim < 1 || settings->velocity_dim > GZ_MAX_DIM)
        return gz_fail(context, GZ_ERROR_USAGE, "a ledger for %d velocity axes; it must be 1, 2 or 3",
                       settings->velocity_dim);
    GZ_TRY(gz_allocate(context, 1, sizeof **ledger, ledger));
    gz_ledger *made = *ledger;
    made->context = context;
    made->settings = *settings;
    made->descriptor = -1;
    made->sum = GZ_CHECKSUM_OF_NO_BYTES;
    GZ_TRY(gz_allocate(context, strlen(path) + 1, 1, &made->path));
    memcpy(made->path, path, strlen(path));
    if (gz_ranks_own(gz_context_ranks(context)) > 0) return GZ_OK;
    made->descriptor = open(path, O_WRONLY | flags, 0666);
    return made->descriptor < 0 ? gz_fail_file(context, "write", path, errno) : GZ_OK;
}

gz_status gz_ledger_create(gz_context *context, const gz_ledger_settings *settings, const char *path,
                           gz_ledger **ledger) {
    gz_ledger *made = NULL;
    gz_status status;
    *ledger = NULL;
    line header;
    GZ_TRY_ELSE(status, gz_agree(context, make(context, settings, path, O_CREAT | O_TRUNC, &made)), failed);
    compose_header(settings, &header);
    GZ_TRY_ELSE(status, GZ_ONCE(context, write_line(made, &header)), failed);
    *ledger = made;
    return GZ_OK;
failed:
    gz_ledger_destroy(made);
    return status;
}

/* The part of a header from the first column on in which it differs from another header. */
static const char *difference(const char *header, const char *other) {
    const char *begin = header;
    for (size_t i = 0; header[i] && header[i] == other[i]; i++)
        if (header[i] == ',') begin = header + i + 1;
    return begin;
}

static gz_status refuse_columns(const gz_ledger *ledger, const char *there, const char *here) {
    char path[GZ_SHOWN_PATH], there_now[GZ_SHOWN_PATH], here_now[GZ_SHOWN_PATH];
    gz_excerpt(difference(there, here), sizeof there_now, there_now);
    gz_excerpt(difference(here, there), sizeof here_now, here_now);
    return gz_fail(
        ledger->context, GZ_ERROR_FILES,
        "'%s' has other columns than this run would write: '%s' there, '%s' here; keep output.fisher, "
        "time.dt_control and --certify as they were, or start again in another folder",
        gz_excerpt(ledger->path, sizeof path, path), there_now, here_now);
}

const char *gz_ledger_seal(const gz_ledger *ledger, char seal[GZ_SEAL]) {
    snprintf(seal, GZ_SEAL, "%lld bytes, %016" PRIx64, (long long)ledger->length, ledger->sum);
    return seal;
}

/* Sum up the file as far as it is kept, and compare that with the seal. */
static gz_status check_seal(gz_ledger *ledger, const char *seal) {
    char *text = NULL, now[GZ_SEAL], shown[GZ_SHOWN_PATH];
    size_t size = 0;
    GZ_TRY(gz_file_read(ledger->context, ledger->path, &text, &size));
    const size_t kept = (size_t)ledger->length;
    ledger->sum = gz_checksum_add_bytes(GZ_CHECKSUM_OF_NO_BYTES, text, kept < size ? kept : size);
    gz_release(text);
    if (!seal || !*seal || strcmp(seal, gz_ledger_seal(ledger, now)) == 0) return GZ_OK;
    return gz_fail(
        ledger->context, GZ_ERROR_FILES,
        "'%s' is of another run than the checkpoint beside it, or was changed since; put the right "
        "one there, or start again in another folder",
        gz_excerpt(ledger->path, sizeof shown, shown));
}

/* Cut the file after the row of last_step. */
static gz_status cut_after(gz_ledger *ledger, const gz_history *history, long last_step, const char *seal) {
    line header;
    compose_header(&ledger->settings, &header);
    header.text[header.length] = 0;
    if (strcmp(header.text, history->header) != 0)
        return refuse_columns(ledger, history->header, header.text);
    size_t row = history->row_count;
    while (row > 0 && gz_history_value(history, row - 1, "step") > (double)last_step) row--;
    if (row == 0 || gz_history_value(history, row - 1, "step") < (double)last_step)
        return gz_fail(ledger->context, GZ_ERROR_FILES,
                       "'%s' has no row of step %ld to go on from; put the right one there, or start again "
                       "in another folder",
                       ledger->path, last_step);
    ledger->length = (off_t)history->row_end[row - 1];
    entry last;
    take_row(&ledger->settings, history->values + (row - 1) * history->column_count, &last);
    ledger->totals = last.totals;
    if (ledger->descriptor < 0) return GZ_OK;
    GZ_TRY(check_seal(ledger, seal));
    if (ftruncate(ledger->descriptor, ledger->length) != 0 ||
        lseek(ledger->descriptor, ledger->length, SEEK_SET) < 0)
        return gz_fail_file(ledger->context, "write", ledger->path, errno);
    return GZ_OK;
}

gz_status gz_ledger_resume(gz_context *context, const gz_ledger_settings *settings, const char *path,
                           long last_step, const char *seal, gz_ledger **ledger) {
    gz_ledger *made = NULL;
    gz_history *history = NULL;
    gz_status status;
    *ledger = NULL;
    GZ_TRY_ELSE(status, gz_history_read_shared(context, path, &history), done);
    GZ_TRY_ELSE(status, gz_agree(context, make(context, settings, path, 0, &made)), done);
    GZ_TRY_ELSE(status, gz_agree(context, cut_after(made, history, last_step, seal)), done);
    *ledger = made;
    made = NULL;
done:
    gz_history_destroy(history);
    gz_ledger_destroy(made);
    return status;
}

void gz_ledger_measure(const gz_phase_grid *grid, const gz_state *state, gz_ledger_row *row) {
    memset(row, 0, sizeof *row);
    row->step = state->step;
    row->time = state->time;
    row->entropy = gz_entropy(grid, state->f, state->log_f);
    gz_moments_of(grid, state->f, &row->moments);
}

void gz_ledger_totals_add(gz_ledger_totals *totals, const gz_step_report *report) {
    totals->defect += report->defect;
    gz_outflow_add(&totals->left, report->left);
    totals->bath_energy += report->bath_energy;
    totals->bath_entropy += report->bath_entropy;
}

gz_status gz_ledger_write(gz_ledger *ledger, const gz_ledger_row *row) {
    entry made = {.row = *row, .totals = ledger->totals};
    line text;
    gz_ledger_totals_add(&made.totals, &row->report);
    const gz_plain plain = gz_plain_enter();
    compose_row(&ledger->settings, &made, &text);
    gz_plain_leave(&plain);
    GZ_TRY(GZ_ONCE(ledger->context, write_line(ledger, &text)));
    ledger->totals = made.totals;
    return GZ_OK;
}

double gz_ledger_defect_total(const gz_ledger *ledger) {
    return ledger->totals.defect;
}

gz_ledger_totals gz_ledger_totals_of(const gz_ledger *ledger) {
    return ledger->totals;
}

void gz_ledger_read(const gz_ledger *ledger, const gz_history *history, size_t index, gz_ledger_row *row,
                    gz_ledger_totals *totals) {
    entry made;
    take_row(&ledger->settings, history->values + index * history->column_count, &made);
    *row = made.row;
    *totals = made.totals;
}

gz_status gz_ledger_sync(gz_ledger *ledger) {
    const bool synced = ledger->descriptor < 0 || fsync(ledger->descriptor) == 0;
    return gz_agree(ledger->context,
                    synced ? GZ_OK : gz_fail_file(ledger->context, "write", ledger->path, errno));
}

void gz_ledger_destroy(gz_ledger *ledger) {
    if (!ledger) return;
    if (ledger->descriptor >= 0) close(ledger->descriptor);
    gz_release(ledger->path);
    gz_release(ledger);
}
