/* Space transform: real Fourier transforms along the x axes of a field, for blocks of nodes.
 *
 * A block holds GZ_SPACE_BLOCK velocity nodes over all cells of the whole grid. It is copied to [place][node
 * of block], where FFTW transforms all nodes at once and loops over the block vectorise. An x axis has
 * `extent` places: its cells, and then zeros if the caller pads. Each thread has its own block, and the
 * caller works on the spectrum between the two transforms. If several ranks share the cells, fields become
 * columns first (columns.h), and a rank transforms its part of the nodes. The transforms are not normalised:
 * forward and backward together multiply by `total`. Not installed.
 */
#ifndef GZ_SPACE_TRANSFORM_H
#define GZ_SPACE_TRANSFORM_H

#include "columns.h"

#include <fftw3.h>

enum { GZ_SPACE_BLOCK = 32 }; /* one block of 64 cells fills half a first-level cache */

typedef struct gz_space_transform {
    const gz_phase_grid *grid;
    gz_columns columns;
    size_t extent[GZ_MAX_DIM];
    size_t half[GZ_MAX_DIM]; /* extent of the half spectrum: the last x axis keeps extent/2 + 1 modes */
    size_t total, modes;     /* products of extent and of half */
    int threads;
    double *real;           /* [thread][total][GZ_SPACE_BLOCK] */
    fftw_complex *spectrum; /* [thread][modes][GZ_SPACE_BLOCK] */
    fftw_plan forward, backward;
} gz_space_transform;

/* Needs space_dim >= 1 and extent >= cells on every axis. On failure `transform` may be half-built and must
 * be cleared. */
gz_status gz_space_transform_init(gz_context *context, const gz_phase_grid *grid,
                                  const size_t extent[GZ_MAX_DIM], gz_space_transform *transform);

/* Accepts a zeroed or half-built transform. */
void gz_space_transform_free(gz_space_transform *transform);

/* The blocks of a thread. */
double *gz_space_transform_real(const gz_space_transform *transform, int thread);
fftw_complex *gz_space_transform_spectrum(const gz_space_transform *transform, int thread);

/* Copy `count` columns, [cell][own node], from the own node `first` on, to the real block of a thread and
 * back. Loading fills the rest of the block with zeros. */
void gz_space_transform_load(const gz_space_transform *transform, const double *columns, size_t first,
                             size_t count, int thread);
void gz_space_transform_store(const gz_space_transform *transform, double *columns, size_t first,
                              size_t count, int thread);

/* real -> spectrum, and spectrum -> real (which destroys the spectrum). */
void gz_space_transform_forward(const gz_space_transform *transform, int thread);
void gz_space_transform_backward(const gz_space_transform *transform, int thread);

#endif
