/* Minimizer: the table of the family, whose first member is the default. */
#include "minimizer.h"

#include <string.h>

static const gz_minimizer_method *const METHODS[] = {&gz_minimizer_newton, &gz_minimizer_lbfgs,
                                                     &gz_minimizer_tnewton, &gz_minimizer_dense,
                                                     &gz_minimizer_full_space};

enum { METHOD_COUNT = sizeof METHODS / sizeof *METHODS };

const gz_minimizer_method *gz_minimizer_find(const char *name) {
    if (!name) return METHODS[0];
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (strcmp(METHODS[i]->name, name) == 0) return METHODS[i];
    return NULL;
}

const char *gz_minimizer_name(size_t index) {
    return index < METHOD_COUNT ? METHODS[index]->name : NULL;
}
