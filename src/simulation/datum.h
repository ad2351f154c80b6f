/* Datum: whether a simulation starts from what its deck asks for (sampling.h).
 *
 * A component that the grid misses by more than 1e-6 of its mass, momentum or energy is told; by more than 1e-2
 * it is refused, unless the deck has grid.unresolved: allow.
 */
#ifndef GZ_DATUM_H
#define GZ_DATUM_H

#include "simulation.h"

#include <stdio.h>

enum { GZ_DATUM_TEXT = 1000 };

/* Write what is wrong with the component that is furthest off and what to change, in one sentence. False, and
 * "", if the grid has what the deck asks for. */
GZ_API bool gz_datum_warning(const gz_simulation *simulation, char text[GZ_DATUM_TEXT]);

/* Write which species of a mixture the velocity grid resolves least, if its spacing is above half of sqrt(T/m), in one
 * sentence. False, and "", if it resolves all. Collective. */
GZ_API bool gz_datum_species_warning(const gz_simulation *simulation, char text[GZ_DATUM_TEXT]);

/* Write two lines for each component: what is asked for, and what the grid has. The values begin in `column`. */
GZ_API void gz_datum_write(FILE *out, const gz_simulation *simulation, int column);

/* Fails with GZ_ERROR_SETTINGS if the run should not begin. A run that goes on from a checkpoint has begun. */
GZ_API gz_status gz_datum_check(const gz_simulation *simulation);

#endif
