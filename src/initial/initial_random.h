/* Random data: smooth positive densities that depend on nothing but a seed.
 *
 *   f = n (w_1 M_1 + w_2 M_2),  w_1 + w_2 = 1
 *
 * with Maxwellians of random velocity (within 0.8 sqrt T of the given one along each axis) and temperature
 * (0.6 to 1.3 times the given one). Each has waves in x, of wave number 1 or 2 and random phase: of its
 * density (up to 0.4), its velocity (up to 0.3 sqrt T) and its temperature (up to 0.2). The numbers come from
 * splitmix64 (Steele, Lea & Flood, OOPSLA 2014) in integer arithmetic: they are equal on every machine.
 */
#ifndef GZ_INITIAL_RANDOM_H
#define GZ_INITIAL_RANDOM_H

#include "initial.h"

/* Make the two Maxwellians of a component `random` from its seed, density, velocity and temperature. */
void gz_random_maxwellians(const gz_phase_grid *grid, const gz_component *random, gz_component bumps[2]);

#endif
