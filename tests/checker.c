/* Checker: records of a reference, written or compared. */
#include "checker.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void checker_name(checker *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->name, sizeof c->name, format, arguments);
    va_end(arguments);
}

void checker_stop(const checker *c, const char *why) {
    printf("%s: %s\n", c->name, why);
    fflush(stdout);
    if (c->ranks) gz_ranks_abort(c->ranks, 1);
    exit(1);
}

void checker_need(const checker *c, gz_status status) {
    if (status != GZ_OK) checker_stop(c, gz_context_message(c->context));
}

/* Write a record of the reference, or read it: its name must be the one expected here. */
static void record(const checker *c, const char *what, size_t count, double *values) {
    char name[2 * CHECKER_NAME] = "", stored[2 * CHECKER_NAME];
    snprintf(name, sizeof name, "%s: %s, %zu", c->name, what, count);
    const bool fine = c->writes ? fwrite(name, sizeof name, 1, c->reference) == 1 &&
                                      fwrite(values, sizeof *values, count, c->reference) == count
                                : fread(stored, sizeof stored, 1, c->reference) == 1 &&
                                      memcmp(stored, name, sizeof name) == 0 &&
                                      fread(values, sizeof *values, count, c->reference) == count;
    if (!fine)
        checker_stop(c, c->writes ? "the reference cannot be written" : "the reference has another record");
}

void checker_compare(checker *c, const char *what, double difference, double bound) {
    if (isnan(difference)) difference = INFINITY;
    gz_ranks_most(c->ranks, 1, &difference);
    c->cases++;
    if (difference <= (c->exact ? 0 : bound)) return;
    c->failures++;
    if (gz_ranks_own(c->ranks) == 0) printf("%s: %s differs by %.2e\n", c->name, what, difference);
}

void checker_value(checker *c, const char *what, double value, double scale, double bound) {
    double reference = value;
    record(c, what, 1, &reference);
    checker_compare(c, what, fabs(value - reference) / fabs(scale), bound);
}

void checker_field(checker *c, const char *what, const gz_phase_grid *grid, const double *own, double bound) {
    const size_t count = gz_phase_grid_whole_size(grid);
    double *all, most = 0, scale = 0;
    checker_need(c, gz_allocate(c->context, count, sizeof(double), &all));
    if (c->writes) memcpy(all, own, count * sizeof(double));
    record(c, what, count, all);
    for (size_t i = 0; i < count; i++) scale = fmax(scale, fabs(all[i]));
    for (size_t i = 0; i < grid->size; i++) {
        const double reference = all[gz_phase_grid_whole(grid, i)], difference = fabs(own[i] - reference);
        if (isnan(own[i]) && isnan(reference)) continue;
        if (isnan(difference) || difference > most) most = difference;
    }
    checker_compare(c, what, most / scale, bound);
    gz_release(all);
}

void checker_finish(checker *c, const char *who) {
    if (c->writes) return;
    if (fgetc(c->reference) != EOF) checker_stop(c, "the reference has more records");
    if (gz_ranks_own(c->ranks) == 0) printf("%s: %d comparisons, %d differ\n", who, c->cases, c->failures);
}
