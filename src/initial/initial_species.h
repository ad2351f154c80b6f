/* Species of components: to which species of the grid a component of the datum belongs. Private to this room. */
#ifndef GZ_INITIAL_SPECIES_H
#define GZ_INITIAL_SPECIES_H

#include "initial.h"

/* The index of a component's species; every one for a file that names none; no one where the grid has no such species. */
enum { GZ_EVERY_SPECIES = -1, GZ_NO_SPECIES = -2 };
int gz_component_species(const gz_phase_grid *grid, const gz_component *component);

/* GZ_ERROR_SETTINGS unless every component has a species of the grid, and every species a component. */
gz_status gz_component_species_check(gz_context *context, const gz_phase_grid *grid, size_t count,
                                     const gz_component *components);

#endif
