/* Asked: the values that a component should have in each cell, and their comparison with the grid's. Private
 * to this room; sampling.h has the formulas.
 */
#ifndef GZ_ASKED_H
#define GZ_ASKED_H

#include "sampling.h"

/* A group is a cell of this rank. If the component comes from a file with other cells, all cells of the grid
 * (of the only rank) are one group, and its densities are means over space. */
typedef struct gz_asked {
    size_t groups;
    gz_conserved *of;           /* [groups], densities in x; there is room for all cells */
    gz_conserved *got;          /* the same of the grid, which gz_sampling_measure fills */
    double spacing, half_width; /* of a velocity grid that resolves the component */
} gz_asked;

/* Densities in x: the sums over the nodes of `cells` cells, divided by `cells`. log_f: [cells][node]. */
gz_conserved gz_conserved_of(const gz_phase_grid *grid, size_t cells, const double *log_f);

/* to += from. */
void gz_conserved_add(gz_conserved *to, const gz_conserved *from);

/* conserved *= factor. */
void gz_conserved_multiply(gz_conserved *conserved, double factor);

/* Give the values of a component the mass of its species. */
void gz_sampling_weigh(gz_sampling *sampling, double mass);

/* Compare what was asked for with exp(log_f), [cell][node]. off_before becomes equal to off. Collective. */
void gz_sampling_measure(const gz_phase_grid *grid, gz_asked *asked, const double *log_f,
                         gz_sampling *sampling);

#endif
