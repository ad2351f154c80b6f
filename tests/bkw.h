/* The BKW solution of the homogeneous Landau equation with gamma = 0 (cases.md 1; Bobylev 1975, Krook & Wu
 * 1976):
 *
 *   K = T (1 - C e^{-2(d-1)Bt}),
 *   f = (2 pi K)^{-d/2} e^{-|v|^2/2K} [((d+2)K - dT)/(2K) + (T-K)|v|^2/(2K^2)],
 *
 * T = 1, density 1, C = 1/2 (d = 2) or 1 (d = 3).
 */
#ifndef GZ_TESTS_BKW_H
#define GZ_TESTS_BKW_H

#include "phase_grid.h"

/* log f and d_t f at time t for the strength B, [cell][node] each. Either may be NULL. */
void bkw(const gz_phase_grid *grid, double strength, double t, double *log_f, double *rate);

#endif
