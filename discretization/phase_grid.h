/* Phase grid: the discrete phase space, one description for every dimension.
 *
 *   x: space_dim axes (0..3), cells with values at their centres; `cell_volume` = product of the cell sizes
 *      (1 for space_dim 0).
 *   v: velocity_dim axes (1, 2 or 3), each with the `nodes` values -L, -L + h, .., L, h = 2L/(nodes - 1);
 *      the trapezoidal weights of an axis are h, and h/2 at its two ends; `node_volume` h_k = product of the
 *      axis weights.
 *
 * A *field* is an array [cell][node] of `size` doubles, row-major: the x axes [x1][x2].. are outermost, then
 * the velocity axes [v1][v2].., the last one contiguous. Densities are per dx dv, so  int f = sum f h_k dx.
 *
 * A mixture has several *species* s with masses m_s, whose densities f_s live on the same axes. Each species has
 * cells of its own: the cells of a field are [species][x cell]. What acts cell by cell does not see the species. What
 * acts along x works on one species at a time, on the grid `one` of a single species with mass 1, which is the
 * grid itself where that is all there is.
 *
 * Several ranks (ranks.h) share the x cells in slabs along the first x axis, as evenly as its cells allow. Each
 * rank owns, of every species, some of the `all_cells` x cells of the whole grid, contiguous from the x cell
 * `first_cell` on, and its fields have these cells only. A single rank owns all. Source: Duong & He (2025), Sections 1 and
 * 2.1 (torus and bounded domain); trapezoidal rule in v.
 */
#ifndef GZ_PHASE_GRID_H
#define GZ_PHASE_GRID_H

#include "context.h"

#include <stdbool.h>

enum { GZ_MAX_DIM = 3, GZ_MAX_PAIRS = 6, GZ_MAX_SPECIES = 8, GZ_SPECIES_NAME = 32 };

/* Least log f of a density: f = 1e-300 is still a normal number. */
enum { GZ_LOG_FLOOR = -690 };

typedef enum gz_boundary { GZ_TORUS, GZ_BOX } gz_boundary;

typedef struct gz_species {
    char name[GZ_SPECIES_NAME]; /* for messages and files */
    double mass, charge;        /* m_s > 0, q_s */
} gz_species;

typedef struct gz_phase_grid_settings {
    int space_dim;             /* 0..3, at most velocity_dim */
    int velocity_dim;          /* 1 | 2 | 3; 0 means 2. Landau collisions need 2 */
    size_t cells[GZ_MAX_DIM];  /* number of cells of each x axis, >= 1: must be given */
    double length[GZ_MAX_DIM]; /* length of each x axis, > 0; 0 means 1 */
    gz_boundary boundary;      /* boundary of every x axis; default torus */
    double inflow;             /* box: density that streams in through the walls; 0 means 1e-30 */
    size_t nodes;              /* number of nodes of each v axis, >= 5: must be given */
    double half_width;         /* L > 0: must be given */
    size_t species_count;      /* 0: one species with mass and charge 1, no mixture */
    gz_species species[GZ_MAX_SPECIES];
} gz_phase_grid_settings;

/* Read-only for everybody but gz_phase_grid_create. */
typedef struct gz_phase_grid {
    int space_dim, velocity_dim;
    const gz_ranks *ranks;    /* the ranks of the context, which share the cells */
    size_t cells[GZ_MAX_DIM]; /* of the whole grid; 1 for axes beyond space_dim */
    double length[GZ_MAX_DIM];
    gz_boundary boundary;
    double inflow;
    size_t nodes;
    double half_width, spacing; /* L, h */
    bool mixture;               /* species were given */
    size_t species_count;
    gz_species species[GZ_MAX_SPECIES];
    double *cell_mass;  /* [cell_count], m_s of every own cell; NULL without a mixture: 1 */
    size_t *cell_place; /* [cell_count], x cell of every own cell, from 0 on; NULL: the cell itself */
    size_t all_cells, first_cell;        /* x cells of the whole grid; index in it of the first own x cell */
    size_t cell_count, node_count, size; /* own cells of all species; nodes of a cell; their product */
    double cell_volume;
    struct gz_phase_grid
        *one;    /* a single species with mass 1: one->size is the length of a species in a field */
    int threads; /* threads of the context, for loops over a field */
    size_t stride[GZ_MAX_DIM];         /* distance in a cell between neighbours along each velocity axis */
    double *axis_velocity;             /* [nodes] */
    double *node_volume;               /* [node_count], h_k */
    double *node_velocity[GZ_MAX_DIM]; /* [node_count] for each velocity axis */
    double *node_energy;               /* [node_count], |v|^2 */
} gz_phase_grid;

/* The settings with their defaults written out, where they are left at zero. */
GZ_API gz_phase_grid_settings gz_phase_grid_resolved(const gz_phase_grid_settings *settings);

GZ_API gz_status gz_phase_grid_create(gz_context *context, const gz_phase_grid_settings *settings,
                                      gz_phase_grid **grid);
GZ_API void gz_phase_grid_destroy(gz_phase_grid *grid);

/* Species of an own cell, and its mass. */
GZ_API size_t gz_phase_grid_species(const gz_phase_grid *grid, size_t cell);
GZ_API double gz_phase_grid_mass(const gz_phase_grid *grid, size_t cell);

/* Centre of an own cell along x axis `axis`. */
GZ_API double gz_phase_grid_position(const gz_phase_grid *grid, size_t cell, int axis);

/* Centre along x axis `axis` of the cells with this index along the axis. */
GZ_API double gz_phase_grid_axis_position(const gz_phase_grid *grid, int axis, size_t index);

/* Index along x axis `axis` of an x cell of the whole grid. Own cell c is the x cell first_cell + c of the first
 * species; gz_phase_grid_x_cell is that of any. */
GZ_API size_t gz_phase_grid_x_cell(const gz_phase_grid *grid, size_t cell);
GZ_API size_t gz_phase_grid_cell_index(const gz_phase_grid *grid, size_t cell, int axis);

/* Length of a field of the whole grid. */
GZ_API size_t gz_phase_grid_whole_size(const gz_phase_grid *grid);

/* Index in a field of the whole grid, [species][x cell][node], of entry i of an own field. */
GZ_API size_t gz_phase_grid_whole(const gz_phase_grid *grid, size_t i);

/* What messages call an own cell: "cell 3", or in a mixture "cell 3 of ions". */
enum { GZ_CELL_NAME = 80 };
GZ_API void gz_phase_grid_name_cell(const gz_phase_grid *grid, size_t cell, char name[GZ_CELL_NAME]);

/* Number of x cells in a plane across the first x axis, and number of own planes. */
GZ_API size_t gz_phase_grid_plane(const gz_phase_grid *grid);
GZ_API size_t gz_phase_grid_planes(const gz_phase_grid *grid);

/* Index in the whole grid of the first x cell of a rank; all_cells for a rank beyond the last. */
GZ_API size_t gz_phase_grid_first_cell(const gz_phase_grid *grid, int rank);

/* Rows begin..end-1 of the first velocity axis of a cell: a contiguous range of nodes. */
typedef struct gz_rows {
    size_t begin, end;
} gz_rows;

/* Index of a node along velocity axis `axis`. */
GZ_API size_t gz_phase_grid_node_index(const gz_phase_grid *grid, size_t node, int axis);

/* Number of stored entries of a symmetric velocity tensor, d(d+1)/2 (the upper triangle row by row), and the
 * place of the entry (a, b) among them. */
GZ_API int gz_pair_count(int velocity_dim);
GZ_API int gz_pair_index(int velocity_dim, int a, int b);

#endif
