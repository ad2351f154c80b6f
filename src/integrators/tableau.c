/* Tableaux: euler; rk2, Heun's method; ssprk3, Shu & Osher, J. Comput. Phys. 77 (1988), 439; rk4, Kutta's classical
 * method. All weights are positive, as a step with J = 0 needs them (certified_scale.h). */
#include "tableau.h"

#include <stddef.h>
#include <string.h>

static const gz_tableau TABLEAUX[] = {
    {"euler", 1, 1, {0}, {1}, {0}},
    {"rk2", 2, 2, {0, 1}, {1. / 2, 1. / 2}, {0, 0, 1, 0}},
    {"ssprk3", 3, 3, {0, 1, 1. / 2}, {1. / 6, 1. / 6, 2. / 3}, {0, 0, 0, 1, 0, 0, 1. / 4, 1. / 4, 0}},
    {"rk4",
     4,
     4,
     {0, 1. / 2, 1. / 2, 1},
     {1. / 6, 1. / 3, 1. / 3, 1. / 6},
     {0, 0, 0, 0, 1. / 2, 0, 0, 0, 0, 1. / 2, 0, 0, 0, 0, 1, 0}},
};

enum { COUNT = sizeof TABLEAUX / sizeof *TABLEAUX };

const gz_tableau *gz_tableau_find(const char *name) {
    for (int i = 0; i < COUNT; i++)
        if (strcmp(TABLEAUX[i].name, name) == 0) return &TABLEAUX[i];
    return NULL;
}

const char *gz_tableau_name(int index) {
    return index < COUNT ? TABLEAUX[index].name : NULL;
}
