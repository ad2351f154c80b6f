/* Interaction: the table of the family. The first member is the default. */
#include "interaction.h"

#include <string.h>

static const gz_interaction_method *const METHODS[] = {&gz_interaction_fft, &gz_interaction_pairs,
                                                       &gz_interaction_moments};

enum { METHOD_COUNT = sizeof METHODS / sizeof *METHODS };

const gz_interaction_method *gz_interaction_find(const char *name) {
    if (!name) return METHODS[0];
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (strcmp(METHODS[i]->name, name) == 0) return METHODS[i];
    return NULL;
}

const char *gz_interaction_name(size_t index) {
    return index < METHOD_COUNT ? METHODS[index]->name : NULL;
}
