/* Species of components: their names, looked up among those of the grid. */
#include "initial_species.h"

#include <string.h>

int gz_component_species(const gz_phase_grid *grid, const gz_component *c) {
    if (!grid->mixture) return 0;
    if (!c->species || !*c->species)
        return c->shape == GZ_FROM_FILE ? GZ_EVERY_SPECIES : grid->species_count == 1 ? 0 : GZ_NO_SPECIES;
    for (size_t s = 0; s < grid->species_count; s++)
        if (strcmp(grid->species[s].name, c->species) == 0) return (int)s;
    return GZ_NO_SPECIES;
}

gz_status gz_component_species_check(gz_context *context, const gz_phase_grid *grid, size_t count,
                                     const gz_component *components) {
    bool has[GZ_MAX_SPECIES] = {0};
    for (size_t k = 0; k < count; k++) {
        const int of = gz_component_species(grid, &components[k]);
        if (of == GZ_NO_SPECIES)
            return gz_fail(context, GZ_ERROR_SETTINGS,
                           "component %zu is of the species '%s', which there is not", k,
                           components[k].species ? components[k].species : "");
        if (of == GZ_EVERY_SPECIES && components[k].interpolate)
            return gz_fail(context, GZ_ERROR_SETTINGS,
                           "component %zu has all species in one file; interpolate each from one of its own",
                           k);
        for (size_t s = 0; s < grid->species_count; s++)
            has[s] = has[s] || of == GZ_EVERY_SPECIES || of == (int)s;
    }
    for (size_t s = 0; s < grid->species_count; s++)
        if (!has[s] && grid->mixture)
            return gz_fail(context, GZ_ERROR_SETTINGS, "species %s has no component", grid->species[s].name);
    return GZ_OK;
}
