/* Stencil control: the coefficients of the stencils (derivative.h) that depend on the state, node by node.
 *
 *   steepness switch   theta_a = S(r), where r is the root mean square of the 2p changes of log f from node to
 *                      node along the wide stencil of G_a, and S is 1 up to R/2, 0 from R on, a smoothstep
 *                      between. R = 2, and 1.54 at order 8; theta = 0 where no wide stencil fits
 *   sawtooth control   c_a = 1/2 min over the window of S_a of the diffusion h m T_aa; 0 where no window
 *                      starts
 *
 * A wide stencil in a steep tail would couple a node to one a thousand times denser and drain it. On an
 * exponential that falls by s a cell, the wide stencils of all orders are more accurate than the narrow one
 * up to s = 1.9. They drain the outermost node of a row at a rate like e^(p s) times their last coefficient: at
 * order 8 (1/280) that is more than at order 6 (1/60) where s > log(280/60) = 1.54. The mean, and not the largest change, keeps theta smooth in time: otherwise the outermost
 * node alone would govern a row three nodes further in, a wide row with 0 < theta < 1 would drain that node,
 * and draining it would change theta (doc/method.md).
 *
 * Taking the smallest diffusion of a window keeps the sawtooth control harmless in a tail.
 *
 * Both functions act on one cell, on arrays of node_count doubles [v1][v2].. They write only the given rows
 * of the first velocity axis (and read rows around them), so that threads can share the rows. Not installed.
 */
#ifndef GZ_STENCIL_CONTROL_H
#define GZ_STENCIL_CONTROL_H

#include "derivative.h"

void gz_stencil_steepness(const gz_derivative *derivative, int axis, gz_rows rows, const double *log_f,
                          double *theta);

void gz_stencil_sawtooth_weight(const gz_derivative *derivative, int axis, gz_rows rows,
                                const double *diffusion, double *c);

#endif
