/* Random data: smooth positive densities that depend on nothing but a seed.
 *
 *   f = n (w_1 M_1 + w_2 M_2),  w_1 + w_2 = 1
 *
 * with Maxwellians of random velocity (within 0.8 sqrt T of the given one along each axis), temperature (0.6
 * to 1.3 of the given one) and waves in x of density (up to 0.4), velocity (0.3 sqrt T) and temperature
 * (0.2), of wave number 1 or 2 and random phase. Their numbers come from splitmix64 (Steele, Lea & Flood,
 * OOPSLA 2014) in plain integer arithmetic: equal on every machine. Not installed.
 */
#ifndef GZ_INITIAL_RANDOM_H
#define GZ_INITIAL_RANDOM_H

#include "initial.h"

/* The two Maxwellians of a component `random`: its seed, density (0 means 1), velocity, temperature (0 means
 * 1). */
void gz_random_maxwellians(const gz_phase_grid *grid, const gz_component *random, gz_component bumps[2]);

#endif
