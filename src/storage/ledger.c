/* Ledger: the file history.csv, whose lines ledger_columns.c composes. */
#include "ledger.h"
#include "checksum.h"
#include "excerpt.h"
#include "files.h"
#include "ledger_columns.h"
#include "plain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct gz_ledger {
    gz_context *context;
    gz_ledger_settings settings;
    char *path;
    int descriptor; /* -1 on other ranks than the first */
    off_t length;   /* bytes of the file up to its last complete line */
    uint64_t sum;   /* of these bytes */
    gz_ledger_totals totals;
};

/* Write a line. On failure the file is cut back to its last complete line. */
static gz_status write_line(gz_ledger *ledger, gz_ledger_line *l) {
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
    gz_ledger_line header;
    GZ_TRY_ELSE(status, gz_agree(context, make(context, settings, path, O_CREAT | O_TRUNC, &made)), failed);
    gz_ledger_compose_header(settings, &header);
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
    gz_ledger_line header;
    gz_ledger_compose_header(&ledger->settings, &header);
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
    gz_ledger_entry last;
    gz_ledger_take_row(&ledger->settings, history->values + (row - 1) * history->column_count, &last);
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
    if (grid->mixture) gz_species_moments_of(grid, state->f, &row->species);
}

void gz_ledger_totals_add(gz_ledger_totals *totals, const gz_step_report *report) {
    totals->defect += report->defect;
    gz_outflow_add(&totals->left, report->left);
    totals->bath_energy += report->bath_energy;
    totals->bath_entropy += report->bath_entropy;
}

gz_status gz_ledger_write(gz_ledger *ledger, const gz_ledger_row *row) {
    gz_ledger_entry made = {.row = *row, .totals = ledger->totals};
    gz_ledger_line text;
    gz_ledger_totals_add(&made.totals, &row->report);
    const gz_plain plain = gz_plain_enter();
    gz_ledger_compose_row(&ledger->settings, &made, &text);
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
    gz_ledger_entry made;
    gz_ledger_take_row(&ledger->settings, history->values + index * history->column_count, &made);
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
