/* Result species: the species of a mixture in a result, as the dimension scale `species` of their names, with
 * species_mass[species] and species_charge[species] beside it. Not installed.
 */
#ifndef GZ_RESULT_SPECIES_H
#define GZ_RESULT_SPECIES_H

#include "phase_grid.h"

#include <hdf5.h>

/* Write them to an open file without states; nothing without a mixture. star: the scale species_star of the other point
 * of a pair, alone. */
herr_t gz_result_species_write(const gz_phase_grid *grid, bool star, hid_t file);

#endif
