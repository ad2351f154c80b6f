/* Null space of K: the vectors phi with K phi = 0, whatever the density, and so what collisions conserve.
 *
 *   1 in every cell,    and where `moments`:  m_c v_i,  m_c |v|^2  in every group of cells, m_c = factor[cell]
 *
 * A group holds the cells that share momentum and energy: all cells of all ranks, or where collisions act in
 * each place by itself (`local`) the cells of one place. Whoever needs to know what K kills asks the mobility
 * (gz_mobility_null_space).
 */
#ifndef GZ_NULL_SPACE_H
#define GZ_NULL_SPACE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct gz_null_space {
    bool moments;         /* v_i and |v|^2 belong to it; else the mass of each cell is all that is kept */
    bool local;           /* there are groups; else all cells of all ranks are one */
    size_t groups;        /* local: their number on this rank */
    const size_t *group;  /* [cell], local: below `groups`; NULL: each cell is a group of its own */
    const double *factor; /* [cell], m_c; NULL: 1 */
} gz_null_space;

/* The number of systems of momentum and energy to solve, and which one is that of a cell. */
static inline size_t gz_null_space_groups(const gz_null_space *s) {
    return s->local ? s->groups : 1;
}

static inline size_t gz_null_space_group(const gz_null_space *s, size_t cell) {
    return !s->local ? 0 : s->group ? s->group[cell] : cell;
}

static inline double gz_null_space_factor(const gz_null_space *s, size_t cell) {
    return s->factor ? s->factor[cell] : 1;
}

#endif
