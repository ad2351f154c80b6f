/* Ledger and history: columns, exact numbers, restart, damaged files, full disk, failing allocations. */
#include "functionals.h"
#include "history.h"
#include "ledger.h"
#include "sample.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static gz_context *context;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
}

static void close_all(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(ledger, .init = open_all, .fini = close_all);

static const gz_ledger_settings plane = {
    .velocity_dim = 2, .error = true, .equilibrium = true, .fisher = true, .certificate = true};

/* A row whose every number is different and has no short decimal form. */
static gz_ledger_row make_row(long step) {
    double number[40];
    for (size_t i = 0; i < 40; i++)
        number[i] = ldexp(sample_uniform((size_t)step, i) - 0.5, (int)(i * 17 % 80) - 40);
    gz_ledger_row row = {.step = step,
                         .time = number[0],
                         .entropy = number[1],
                         .dissipation = number[2],
                         .error = number[3],
                         .relative_entropy = number[28],
                         .fisher = {number[23], number[24]},
                         .certificate = {number[25], number[26], number[27]}};
    row.moments =
        (gz_moments){.mass = number[4],
                     .momentum = {number[5], number[6], number[7]},
                     .energy = number[8],
                     .stress = {number[9], number[10], number[11], number[12], number[13], number[14]},
                     .f_min = number[15],
                     .tail = number[16]};
    row.report = (gz_step_report){.dt = number[17],
                                  .dissipation = number[18],
                                  .action = number[19],
                                  .defect = number[20],
                                  .entropy_streaming = number[21],
                                  .work = {.newton = 3 * step,
                                           .cg = 5 * step + 1,
                                           .applications = 1234567890 + step,
                                           .seconds = number[22]}};
    return row;
}

static void write_rows(gz_ledger *ledger, long first, long last) {
    for (long step = first; step <= last; step++) {
        const gz_ledger_row row = make_row(step);
        cr_assert_eq(gz_ledger_write(ledger, &row), GZ_OK, "%s", gz_context_message(context));
    }
}

static void write_history(const gz_ledger_settings *settings, const char *name, long last) {
    gz_ledger *ledger = NULL;
    cr_assert_eq(gz_ledger_create(context, settings, scratch_path(name), &ledger), GZ_OK);
    write_rows(ledger, 0, last);
    gz_ledger_destroy(ledger);
}

Test(ledger, columns_are_those_of_the_contract) {
    const struct {
        gz_ledger_settings settings;
        const char *header;
    } cases[] = {
        {{.velocity_dim = 2},
         "step,time,dt,H,D,D_step,A,J,J_total,dH_streaming,mass,momentum_1,momentum_2,energy,P_11,P_12,P_22,"
         "f_min,tail,newton,cg,applications,seconds"},
        {{.velocity_dim = 3, .error = true, .equilibrium = true},
         "step,time,dt,H,D,D_step,A,J,J_total,dH_streaming,mass,momentum_1,momentum_2,momentum_3,energy,P_11,"
         "P_12,P_13,P_22,P_23,P_33,f_min,tail,newton,cg,applications,seconds,error,relative_entropy"},
        {{.velocity_dim = 2, .fisher = true, .certificate = true},
         "step,time,dt,H,D,D_step,A,J,J_total,dH_streaming,mass,momentum_1,momentum_2,energy,P_11,P_12,P_22,"
         "f_min,tail,newton,cg,applications,seconds,fisher,cross_fisher,A_least,J_least,J_mean"},
        {{.velocity_dim = 2, .control = true},
         "step,time,dt,H,D,D_step,A,J,J_total,dH_streaming,mass,momentum_1,momentum_2,energy,P_11,P_12,P_22,"
         "f_min,tail,newton,cg,applications,seconds,estimate,rejected_estimate,rejected_solver"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_history(&cases[i].settings, "history.csv", 2);
        gz_history *history = scratch_history("history.csv");
        cr_assert_str_eq(history->header, cases[i].header);
        cr_assert_eq(history->row_count, 3);
        gz_history_destroy(history);
    }
    gz_ledger *ledger = NULL;
    cr_assert_eq(gz_ledger_create(context, &(gz_ledger_settings){0}, scratch_path("x.csv"), &ledger),
                 GZ_ERROR_USAGE);
    cr_assert_null(ledger);
}

/* A number comes back to the last bit. All NaN count as equal. */
static void check_number(const gz_history *history, size_t row, const char *name, double want) {
    const double have = gz_history_value(history, row, name);
    if (isnan(want))
        cr_assert(isnan(have), "%s", name);
    else
        cr_assert(memcmp(&have, &want, sizeof want) == 0, "%s: %.17g, not %.17g", name, have, want);
}

Test(ledger, numbers_come_back_to_the_last_bit) {
    gz_ledger *ledger = NULL;
    cr_assert_eq(gz_ledger_create(context, &plane, scratch_path("history.csv"), &ledger), GZ_OK);
    gz_ledger_row rows[4];
    for (long step = 0; step < 4; step++) rows[step] = make_row(step);
    const double odd[] = {-0.0, 5e-324, 1.7976931348623157e308, NAN, -NAN, INFINITY, 1.0 / 3};
    double *const place[] = {&rows[1].entropy,          &rows[1].dissipation, &rows[1].moments.f_min,
                             &rows[2].report.action,    &rows[2].error,       &rows[2].moments.tail,
                             &rows[2].moments.stress[2]};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) *place[i] = odd[i];
    double total = 0;
    for (size_t step = 0; step < 4; step++) {
        cr_assert_eq(gz_ledger_write(ledger, &rows[step]), GZ_OK);
        total += rows[step].report.defect;
        cr_assert_eq(gz_ledger_defect_total(ledger), total);
        /* Each row is in the file before the next one begins. */
        gz_history *history = scratch_history("history.csv");
        cr_assert_eq(history->row_count, step + 1);
        check_number(history, step, "J_total", total);
        gz_history_destroy(history);
    }
    cr_assert_eq(gz_ledger_sync(ledger), GZ_OK);
    gz_ledger_destroy(ledger);
    gz_history *history = scratch_history("history.csv");
    for (size_t k = 0; k < 4; k++) {
        const gz_ledger_row *row = &rows[k];
        const struct {
            const char *name;
            double value;
        } want[] = {{"step", (double)row->step},
                    {"time", row->time},
                    {"dt", row->report.dt},
                    {"H", row->entropy},
                    {"D", row->dissipation},
                    {"D_step", row->report.dissipation},
                    {"A", row->report.action},
                    {"J", row->report.defect},
                    {"dH_streaming", row->report.entropy_streaming},
                    {"mass", row->moments.mass},
                    {"momentum_1", row->moments.momentum[0]},
                    {"momentum_2", row->moments.momentum[1]},
                    {"energy", row->moments.energy},
                    {"P_11", row->moments.stress[0]},
                    {"P_12", row->moments.stress[1]},
                    {"P_22", row->moments.stress[2]},
                    {"f_min", row->moments.f_min},
                    {"tail", row->moments.tail},
                    {"fisher", row->fisher.information},
                    {"cross_fisher", row->fisher.cross},
                    {"A_least", row->certificate.action},
                    {"J_least", row->certificate.defect},
                    {"J_mean", row->certificate.mean_defect},
                    {"newton", (double)row->report.work.newton},
                    {"cg", (double)row->report.work.cg},
                    {"applications", (double)row->report.work.applications},
                    {"seconds", row->report.work.seconds},
                    {"error", row->error}};
        for (size_t i = 0; i < sizeof want / sizeof *want; i++)
            check_number(history, k, want[i].name, want[i].value);
    }
    cr_assert(isnan(gz_history_value(history, 0, "no such column")));
    gz_history_destroy(history);
    char *text = scratch_read("history.csv", NULL);
    cr_assert_null(strstr(text, "-nan"));
    free(text);
}

static gz_outflow left_of(long step) {
    return (gz_outflow){0.1 * (double)step, {0.2, -0.3 * (double)step}, 0.7};
}

/* A row that was read and is written again gives the same line; its totals are those of the ledger then. */
Test(ledger, rows_are_read_back) {
    gz_ledger_settings settings = plane;
    gz_ledger *from = NULL, *to = NULL;
    gz_ledger_totals totals[3], read;
    settings.control = settings.walls = true;
    cr_assert_eq(gz_ledger_create(context, &settings, scratch_path("history.csv"), &from), GZ_OK);
    for (long step = 0; step < 3; step++) {
        gz_ledger_row row = make_row(step);
        row.report.left = left_of(step);
        row.report.rejected_solver = step;
        cr_assert_eq(gz_ledger_write(from, &row), GZ_OK);
        totals[step] = gz_ledger_totals_of(from);
    }
    gz_history *history = scratch_history("history.csv");
    cr_assert_eq(gz_ledger_create(context, &settings, scratch_path("again.csv"), &to), GZ_OK);
    for (size_t k = 0; k < 3; k++) {
        gz_ledger_row row;
        gz_ledger_read(from, history, k, &row, &read);
        cr_assert_eq(memcmp(&read, &totals[k], sizeof read), 0, "row %zu", k);
        row.report.left = left_of((long)k);
        cr_assert_eq(gz_ledger_write(to, &row), GZ_OK);
    }
    gz_ledger_destroy(from);
    gz_ledger_destroy(to);
    gz_history_destroy(history);
    char *text = scratch_read("history.csv", NULL), *again = scratch_read("again.csv", NULL);
    cr_assert_str_eq(text, again);
    free(text);
    free(again);
}

Test(ledger, a_measured_row_holds_the_entropy_and_moments_of_the_state) {
    gz_phase_grid *grid = sample_grid(context, 1, 2, 4, 13, 5);
    double *log_f = sample_log_density(context, grid, 3), *f = sample_exp(context, grid, log_f);
    const gz_state state = {.time = 0.75, .step = 9, .f = f, .log_f = log_f};
    gz_ledger_row row = make_row(1);
    gz_ledger_measure(grid, &state, &row);
    gz_moments moments;
    gz_moments_of(grid, f, &moments);
    cr_assert_eq(row.step, 9);
    cr_assert_eq(row.time, 0.75);
    cr_assert_eq(row.entropy, gz_entropy(grid, f, log_f));
    cr_assert_eq(memcmp(&row.moments, &moments, sizeof moments), 0);
    cr_assert_eq(row.report.defect, 0);
    gz_release(log_f);
    gz_release(f);
    gz_phase_grid_destroy(grid);
}

/* Whatever a killed run wrote after its last checkpoint, the resumed file equals the unbroken one. */
Test(ledger, resume_cuts_what_lies_behind_the_restart) {
    write_history(&plane, "unbroken.csv", 8);
    size_t size = 0;
    char *unbroken = scratch_read("unbroken.csv", &size);
    for (long restart = 0; restart <= 8; restart += 4)
        for (size_t lost = 0; lost < 700; lost += 33) {
            const size_t rest = size - lost;
            size_t row_ends = 0; /* number of complete rows that are left */
            for (size_t i = 0; i < rest; i++) row_ends += unbroken[i] == '\n';
            scratch_write("history.csv", unbroken, rest);
            gz_ledger *ledger = NULL;
            const gz_status status =
                gz_ledger_resume(context, &plane, scratch_path("history.csv"), restart, NULL, &ledger);
            if ((size_t)restart + 2 > row_ends) {
                cr_assert_eq(status, GZ_ERROR_FILES);
                cr_assert_null(ledger);
                continue;
            }
            cr_assert_eq(status, GZ_OK, "%s", gz_context_message(context));
            write_rows(ledger, restart + 1, 8);
            gz_ledger_destroy(ledger);
            size_t resumed_size = 0;
            char *resumed = scratch_read("history.csv", &resumed_size);
            cr_assert_eq(resumed_size, size);
            cr_assert_str_eq(resumed, unbroken);
            free(resumed);
        }
    free(unbroken);
}

Test(ledger, files_that_do_not_fit_are_refused_and_left_alone) {
    write_history(&plane, "good.csv", 3);
    size_t size = 0;
    char *good = scratch_read("good.csv", &size);
    const char *const damaged[] = {"",
                                   "step,time",
                                   "step,time\n0,1\n1,2,3\n2,3\n",
                                   "step,time\n0,1\n1,two\n",
                                   "step,time\n0,1\n\n1,2\n",
                                   "step,time\n0,1\n"};
    gz_ledger *ledger = NULL;
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        scratch_write("history.csv", damaged[i], strlen(damaged[i]));
        cr_assert_eq(gz_ledger_resume(context, &plane, scratch_path("history.csv"), 0, NULL, &ledger),
                     GZ_ERROR_FILES);
        cr_assert_not_null(strstr(gz_context_message(context), "history.csv"));
        char *after = scratch_read("history.csv", NULL);
        cr_assert_str_eq(after, damaged[i]);
        free(after);
    }
    gz_history *history = NULL;
    scratch_write("history.csv", damaged[2], strlen(damaged[2]));
    cr_assert_eq(gz_history_read(context, scratch_path("history.csv"), &history), GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "line 3"), "%s", gz_context_message(context));
    /* No such step; other columns; no such file; no such folder; a folder instead of a file. */
    cr_assert_eq(gz_ledger_resume(context, &plane, scratch_path("good.csv"), 4, NULL, &ledger),
                 GZ_ERROR_FILES);
    const gz_ledger_settings other = {.velocity_dim = 3, .error = true};
    cr_assert_eq(gz_ledger_resume(context, &other, scratch_path("good.csv"), 1, NULL, &ledger),
                 GZ_ERROR_FILES);
    char columns[3000] = "step";
    while (strlen(columns) + 20 < sizeof columns) strcat(columns, ",no_column_of_ours");
    strcat(columns, "\n");
    scratch_write("wide.csv", columns, strlen(columns));
    cr_assert_eq(gz_ledger_resume(context, &plane, scratch_path("wide.csv"), 0, NULL, &ledger),
                 GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "...' there, 'time"), "%s",
                       gz_context_message(context));
    cr_assert_not_null(strstr(gz_context_message(context), "start again in another folder"));
    cr_assert_eq(gz_ledger_resume(context, &plane, scratch_path("none.csv"), 1, NULL, &ledger),
                 GZ_ERROR_FILES);
    cr_assert_eq(gz_ledger_create(context, &plane, scratch_path("no folder/h.csv"), &ledger), GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "No such file"));
    cr_assert_eq(gz_ledger_create(context, &plane, scratch_path(""), &ledger), GZ_ERROR_FILES);
    cr_assert_null(ledger);
    char *after = scratch_read("good.csv", NULL);
    cr_assert_str_eq(after, good);
    free(after);
    free(good);
}

Test(ledger, a_full_disk_is_an_error_and_keeps_the_complete_rows) {
    write_history(&plane, "unbroken.csv", 9);
    size_t size = 0;
    char *unbroken = scratch_read("unbroken.csv", &size);
    for (size_t room = size / 2; room < size; room += 101) {
        gz_ledger *ledger = NULL;
        cr_assert_eq(gz_ledger_create(context, &plane, scratch_path("history.csv"), &ledger), GZ_OK);
        scratch_limit(room);
        long step = 0;
        gz_status status = GZ_OK;
        for (; step < 10; step++) {
            const gz_ledger_row row = make_row(step);
            status = gz_ledger_write(ledger, &row);
            if (status != GZ_OK) break;
        }
        cr_assert_eq(status, GZ_ERROR_FILES);
        cr_assert_not_null(strstr(gz_context_message(context), "history.csv"));
        gz_history *history = scratch_history("history.csv");
        cr_assert_eq((long)history->row_count, step);
        gz_history_destroy(history);
        size_t kept = 0;
        char *rows = scratch_read("history.csv", &kept);
        cr_assert_eq(rows[kept - 1], '\n');
        free(rows);
        scratch_limit(0); /* somebody made room */
        write_rows(ledger, step, 9);
        gz_ledger_destroy(ledger);
        char *text = scratch_read("history.csv", NULL);
        cr_assert_str_eq(text, unbroken);
        free(text);
    }
    free(unbroken);
}

Test(ledger, every_failing_allocation_is_reported) {
    write_history(&plane, "history.csv", 3);
    for (size_t n = 1;; n++) {
        gz_ledger *fresh = NULL, *resumed = NULL;
        gz_context_fail_allocation(context, n);
        gz_status status = gz_ledger_resume(context, &plane, scratch_path("history.csv"), 3, NULL, &resumed);
        if (status == GZ_OK) status = gz_ledger_create(context, &plane, scratch_path("new.csv"), &fresh);
        gz_ledger_destroy(fresh);
        gz_ledger_destroy(resumed);
        gz_context_fail_allocation(context, 0);
        if (status == GZ_OK) {
            cr_assert_gt(n, 6);
            break;
        }
        cr_assert_eq(status, GZ_ERROR_MEMORY);
        cr_assert_null(fresh);
    }
    gz_history *history = scratch_history("history.csv");
    cr_assert_eq(history->row_count, 4);
    gz_history_destroy(history);
}
