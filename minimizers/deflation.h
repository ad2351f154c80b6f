/* Deflation: a two-level preconditioner for M = diag + dt K, exact on a small space of known vectors W.
 *
 *   z = P (r - M W a) + W (a - E (M W)^T P (r - M W a)),    a = E W^T r,    E = (W^T M W)^+
 *
 * with P a local solver. W holds the global null vectors of K, 1, v_i, |v|^2 (null_space.h), and the Newton directions y of
 * earlier iterations. K W is known: it is zero for the former, and K y was computed with y. So the
 * preconditioner needs no application of K. Source: doc/method.md, "5. The solver", step 5.
 */
#ifndef GZ_DEFLATION_H
#define GZ_DEFLATION_H

#include "fields.h"
#include "local_solver.h"

enum {
    GZ_DEFLATION_NULL = 2 + GZ_MAX_DIM,
    GZ_DEFLATION_MEMORY = 6, /* at most */
    GZ_DEFLATION_MAX = GZ_DEFLATION_NULL + GZ_DEFLATION_MEMORY
};

typedef struct gz_deflation {
    gz_fields *fields;
    const gz_null_space *space;
    gz_local_solver *local;
    const double *diag; /* [cell][node] of the present matrix */
    double dt;
    size_t null_count, slots, memory_count, next; /* next: the slot to be overwritten */
    double *ones;                                 /* [GZ_BLOCK]: the part of the null vector 1 in any block */
    const double *null[GZ_DEFLATION_NULL]; /* from 1 on: v_i, |v|^2, [node], times the factor of a cell */
    double *y[GZ_DEFLATION_MEMORY], *Ky[GZ_DEFLATION_MEMORY]; /* [cell][node] */
    double E[GZ_DEFLATION_MAX * GZ_DEFLATION_MAX];
    double a[GZ_DEFLATION_MAX], gain; /* of the last r: a, and its part <a, W^T r> of <r, z> */
    double *partial;                  /* [block][products of two vectors] */
} gz_deflation;

/* space: the null space of K, kept by reference. */
gz_status gz_deflation_init(gz_fields *fields, const gz_null_space *space, gz_local_solver *local,
                            gz_deflation *deflation);
void gz_deflation_free(gz_deflation *deflation);

/* Forget the remembered directions, since they belong to one mobility. */
void gz_deflation_forget(gz_deflation *deflation);

/* Remember copies of y and K y, over the oldest ones if all slots are full. gz_deflation_prepare must follow
 * before the next gz_deflation_apply. */
void gz_deflation_remember(gz_deflation *deflation, const double *y, const double *Ky);

/* Make E for the matrix diag + dt K; diag is kept by reference. The local solver must be prepared for this
 * matrix too. */
gz_status gz_deflation_prepare(gz_deflation *deflation, const double *diag, double dt);

/* z = the preconditioner applied to r. goal: for the local solution, but goal.negligible bounds <r, z> as a
 * whole. rest: scratch, [cell][node]. goal.again: r and rest are those of the last call. */
gz_status gz_deflation_apply(gz_deflation *deflation, const double *r, double *z, gz_local_goal goal,
                             double *rest);

#endif
