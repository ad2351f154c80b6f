/* Periodic grids of one to three dimensions for the tests of transport and fields. */
#ifndef GZ_TESTS_TORI_H
#define GZ_TESTS_TORI_H

#include "phase_grid.h"

/* Tori with odd and even numbers of cells. */
static const gz_phase_grid_settings TORI[] = {
    {.space_dim = 1, .velocity_dim = 1, .cells = {8}, .length = {6}, .nodes = 33, .half_width = 6},
    {.space_dim = 1, .velocity_dim = 2, .cells = {9}, .length = {5}, .nodes = 21, .half_width = 6},
    {.space_dim = 1, .velocity_dim = 3, .cells = {8}, .length = {7}, .nodes = 15, .half_width = 6},
    {.space_dim = 2, .velocity_dim = 2, .cells = {6, 5}, .length = {4, 6}, .nodes = 21, .half_width = 6},
    {.space_dim = 3,
     .velocity_dim = 3,
     .cells = {4, 3, 4},
     .length = {5, 3, 4},
     .nodes = 13,
     .half_width = 5.5}};
enum { TORUS_COUNT = sizeof TORI / sizeof *TORI };

#endif
