/* Free streaming in a box: d_t f + v.grad_x f = 0 between walls that let everything out and a constant
 * density `inflow` in. The part of streaming.h for bounded domains.
 *
 * Along one x axis after the other, values are cell averages, moved by D = v t/dx cells, K whole ones and a
 * rest s in [0, 1): cell i gives the part phi_i of its mass to cell i + K + 1 and the rest to cell i + K,
 *
 *   phi_i = int_(1/2-s)^(1/2) e^p / int_(-1/2)^(1/2) e^p,    p: log f near cell i, local interpolation
 *
 * so that f stays positive and not a grain is lost but through the walls, for any t. p is the polynomial of
 * degree 4 through five values of log f, one-sided at walls; before that, cell averages become point values
 * by one correction with the average of e^p over a cell. Order 5 where log f bends by less than 1 a cell
 * (second difference, all over the stencil); above 2 p is a line of limited slope, in between a blend: at a
 * front of 30 decades a polynomial would overshoot. Densities of any sign move by the same idea with the
 * polynomial of f itself that has five cell averages, linear, of order 5, and free to undershoot.
 * Source: conservative semi-Lagrangian transport as in Filbet, Sonnendruecker & Bertrand, J. Comput. Phys.
 * 172 (2001), with exp(polynomial) in place of a limited polynomial. Not installed.
 */
#ifndef GZ_BOX_STREAMING_H
#define GZ_BOX_STREAMING_H

#include "phase_grid.h"

typedef struct gz_box_streaming gz_box_streaming;

gz_status gz_box_streaming_create(gz_context *context, const gz_phase_grid *grid, gz_box_streaming **box);
void gz_box_streaming_destroy(gz_box_streaming *box);

/* field: log f, or f if `linear`, [cell][node], in place. left: [node_count], sum over cells of what left
 * each velocity, minus what came in, in the unit of f; on several ranks that of own columns (columns.h), 0
 * elsewhere. Collective. */
void gz_box_streaming_apply(gz_box_streaming *box, double t, bool linear, double *field, double *left);

#endif
