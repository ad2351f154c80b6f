/* Radial files and decks that use them: numbers as written, clear refusals, and the same steps as with the
 * kernel that the table was made from. */
#include "deck.h"
#include "functionals.h"
#include "radial_file.h"
#include "sample.h"
#include "scratch.h"
#include "simulation.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
}

static void close_context(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(radial_file, .init = open_context, .fini = close_context);

static const char *write_file(const char *name, const char *text) {
    scratch_write(name, text, strlen(text));
    return scratch_path(name);
}

Test(radial_file, two_columns_with_comments) {
    const char *path = write_file("a.txt", "# r value\n\n0 1.5\n0.5,\t1 # half\n 1e0 ,  0.25\r\n2 0");
    gz_radial_table *table = NULL;
    cr_assert_eq(gz_radial_file_read(context, path, &table), GZ_OK, "%s", gz_context_message(context));
    cr_assert_eq(gz_radial_table_end(table), 2);
    cr_assert_eq(gz_radial_table_value(table, 0), 1.5);
    cr_assert_eq(gz_radial_table_value(table, 0.5), 1);
    cr_assert_eq(gz_radial_table_value(table, 1), 0.25);
    cr_assert_eq(gz_radial_table_value(table, 3), 0);
    gz_radial_table_destroy(table);
}

Test(radial_file, wrong_files_are_refused_by_name_and_line) {
    const struct {
        const char *text, *says;
    } cases[] = {{"0 1\n1\n", "b.txt:2: a line"},
                 {"0 1\n1 2 3\n", "b.txt:2: a line"},
                 {"r value\n0 1\n", "b.txt:1: a line"},
                 {"", "b.txt: a radial table needs at least 2"},
                 {"1 1\n2 1\n", "b.txt: a radial table must begin at r = 0"},
                 {"0 1\n0 1\n", "b.txt: r must increase"},
                 {"0 1\n1 -1\n", "b.txt: a radial table has the value -1"},
                 {"0 nan\n1 1\n", "b.txt: a radial table has the value nan"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gz_radial_table *table = NULL;
        cr_assert_eq(gz_radial_file_read(context, write_file("b.txt", cases[i].text), &table),
                     GZ_ERROR_SETTINGS);
        cr_assert_null(table);
        cr_assert_not_null(strstr(gz_context_message(context), cases[i].says), "%s",
                           gz_context_message(context));
    }
    gz_radial_table *table = NULL;
    cr_assert_eq(gz_radial_file_read(context, "/nowhere/at all.txt", &table), GZ_ERROR_FILES);
    cr_assert_eq(mkfifo(scratch_path("pipe"), 0600), 0);
    cr_assert_eq(gz_radial_file_read(context, scratch_path("pipe"), &table), GZ_ERROR_FILES);
    cr_assert_eq(gz_radial_file_read(context, scratch_path(""), &table), GZ_ERROR_FILES);
}

/* Take a step of a deck. Returns f, which has *size values. */
static double *step(const char *deck_path, size_t count, const char *const *settings, size_t *size) {
    gz_deck *deck = NULL;
    gz_simulation simulation = {0};
    gz_step_report report;
    cr_assert_eq(gz_deck_load(context, deck_path, count, settings, &deck), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(gz_simulation_init(context, deck, &simulation), GZ_OK, "%s", gz_context_message(context));
    cr_assert_eq(gz_simulation_step(&simulation, &report), GZ_OK, "%s", gz_context_message(context));
    cr_assert_lt(fabs(report.defect), 1e-13);
    double *f = sample_zero(context, simulation.grid);
    *size = simulation.grid->size;
    memcpy(f, simulation.state.f, *size * sizeof *f);
    gz_simulation_free(&simulation);
    gz_deck_destroy(deck);
    return f;
}

static void write_table(const char *name, double end, double (*f)(double)) {
    char text[60000], *at = text;
    for (int i = 0; i <= 600; i++) at += sprintf(at, "%.17g %.17g\n", end * i / 600, f(end * i / 600));
    write_file(name, text);
}

static double bounded(double r) {
    return 1 / sqrt(1 + r * r);
}

static double decaying(double r) {
    return exp(-4 * sqrt(1 + r * r));
}

/* Apart from the interpolation (1e-6) the near fields differ: a table has no known singularity. */
Test(radial_file, decks_take_kernel_and_kappa_from_tables_beside_them) {
    write_table("kernel.txt", 20, bounded);
    write_table("kappa.txt", 1, decaying);
    char deck_path[600];
    snprintf(deck_path, sizeof deck_path, "%s",
             write_file("deck.yaml", "model:\n"
                                     "  space_dim: 1\n"
                                     "  kernel: {shape: bounded, gamma: -1}\n"
                                     "  kappa: {shape: exponential, k2: 4}\n"
                                     "grid:\n"
                                     "  x: {cells: 4}\n"
                                     "  v: {nodes: 21, half_width: 5}\n"
                                     "initial:\n"
                                     "  - {temperature: [1, 0.7], mode: 1, density_wave: 0.4}\n"
                                     "time: {dt: 0.1, end: 1}\n"));
    const char *tables[] = {"model.kernel={shape: table, path: kernel.txt}",
                            "model.kappa={shape: table, path: kappa.txt}"};
    size_t size;
    double *formula = step(deck_path, 0, NULL, &size), *both = step(deck_path, 2, tables, &size),
           *kappa = step(deck_path, 1, tables + 1, &size);
    double worst[2] = {0}, largest = 0;
    for (size_t i = 0; i < size; i++) {
        largest = fmax(largest, formula[i]);
        worst[0] = fmax(worst[0], fabs(kappa[i] - formula[i]));
        worst[1] = fmax(worst[1], fabs(both[i] - formula[i]));
    }
    cr_log_info("kappa from a table: f differs by %.1e, kernel too: %.1e of its maximum", worst[0] / largest,
                worst[1] / largest);
    cr_assert_lt(worst[0], 1e-7 * largest);
    cr_assert_lt(worst[1], 1e-3 * largest);
    double *all[] = {formula, both, kappa};
    for (size_t j = 0; j < 3; j++) gz_release(all[j]);

    const char *missing[] = {"model.kernel={shape: table, path: none.txt}"},
               *short_one[] = {tables[0], "grid.v.half_width=9"};
    gz_deck *deck = NULL;
    cr_assert_eq(gz_deck_load(context, deck_path, 1, missing, &deck), GZ_ERROR_FILES);
    cr_assert_null(deck);
    gz_simulation simulation = {0};
    cr_assert_eq(gz_deck_load(context, deck_path, 2, short_one, &deck), GZ_OK);
    cr_assert_eq(gz_simulation_init(context, deck, &simulation), GZ_ERROR_SETTINGS);
    cr_assert_not_null(strstr(gz_context_message(context), "ends at r = 20"), "%s",
                       gz_context_message(context));
    gz_simulation_free(&simulation);
    char *text = NULL;
    cr_assert_eq(gz_deck_text(context, deck, &text), GZ_OK);
    cr_assert_not_null(strstr(text, "/kernel.txt"), "%s", text);
    gz_release(text);
    gz_deck_destroy(deck);
}
