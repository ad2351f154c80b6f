/* Free streaming in a box: the flow of d_t f + v.grad_x f = 0 between walls that let everything out and let a
 * constant density `inflow` in. This is the part of streaming.h for bounded domains.
 *
 * The x axes are treated one after the other. Values are cell averages. Along an axis they move by
 * D = v t/dx cells: K whole cells and a rest s in [0, 1). Cell i gives the part phi_i of its mass to cell
 * i + K + 1 and the rest of its mass to cell i + K,
 *
 *   phi_i = int_(1/2-s)^(1/2) e^p / int_(-1/2)^(1/2) e^p,    p: local interpolation of log f near cell i
 *
 * so that f stays positive and mass is lost only through the walls, for any t. p is the polynomial of degree
 * 4 through five point values of log f, one-sided at walls. The point values come from the cell averages by
 * one correction with the average of e^p over a cell. The order is 5 where log f bends by less than 1 a cell
 * (its second difference, everywhere on the stencil). Where log f bends by more than 2, p is a line of
 * limited slope, since a polynomial would overshoot at a front of 30 decades; in between the two are blended.
 * Densities of any sign move in the same way, with the polynomial of f itself that has the five cell
 * averages; this variant is linear and of order 5, and may undershoot.
 * Source: conservative semi-Lagrangian transport as in Filbet, Sonnendruecker & Bertrand, J. Comput. Phys.
 * 172 (2001), with exp(polynomial) in place of a limited polynomial. Not installed.
 */
#ifndef GZ_BOX_STREAMING_H
#define GZ_BOX_STREAMING_H

#include "phase_grid.h"

typedef struct gz_box_streaming gz_box_streaming;

gz_status gz_box_streaming_create(gz_context *context, const gz_phase_grid *grid, gz_box_streaming **box);
void gz_box_streaming_destroy(gz_box_streaming *box);

/* field: log f, or f if `linear`, [cell][node], changed in place. left: [node_count], what left at each
 * velocity minus what came in, summed over cells, in the unit of f. On several ranks only the nodes of own
 * columns (columns.h) are counted, and the other entries are 0. Collective. */
void gz_box_streaming_apply(gz_box_streaming *box, double t, bool linear, double *field, double *left);

#endif
