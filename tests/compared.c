/* Compared: decks as texts, and a reader of single words of a CSV file. */
#include "compared.h"

#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char BKW[] = "title: small bkw\n"
                          "grid: {v: {nodes: 17, half_width: 5}}\n"
                          "initial: [{shape: bkw, time: 0.5}]\n"
                          "time: {dt: 0.1, end: 0.4}\n";

static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                            "grid: {x: {cells: 3}, v: {nodes: 13, half_width: 5.5}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.1, end: 0.2}\n";

static const char WALLS[] = "model: {space_dim: 1}\n"
                            "grid: {x: {cells: 1, boundary: box}, v: {nodes: 13, half_width: 5.5}}\n"
                            "initial: [{temperature: [1, 0.8]}]\n"
                            "time: {dt: 0.1, end: 0.2}\n";

void compared_open(void) {
    scratch_open();
    scratch_write("bkw.yaml", BKW, strlen(BKW));
    scratch_write("fuzzy.yaml", FUZZY, strlen(FUZZY));
    scratch_write("walls.yaml", WALLS, strlen(WALLS));
}

const char *compared_word(const char *name, size_t row, const char *column) {
    static char found[200];
    char *text = scratch_read(name, NULL), *rest = text, *line = strtok_r(rest, "\n", &rest), *part;
    size_t place = 0;
    for (part = strtok_r(line, ",", &line); part && strcmp(part, column) != 0; place++)
        part = strtok_r(line, ",", &line);
    cr_assert_not_null(part, "no column %s", column);
    for (size_t i = 0; i <= row; i++) line = strtok_r(rest, "\n", &rest);
    cr_assert_not_null(line, "no row %zu", row);
    for (; place > 0; place--) line = strchr(line, ',') + 1;
    snprintf(found, sizeof found, "%.*s", (int)strcspn(line, ","), line);
    free(text);
    return found;
}

double compared_value(size_t row, const char *column) {
    return strtod(compared_word("bkw.out/compare.csv", row, column), NULL);
}
