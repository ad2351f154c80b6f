/* Deflation: a two-level preconditioner for M = diag + dt K, exact on a small space of known vectors W.
 *
 *   z = P (r - M W a) + W (a - E (M W)^T P (r - M W a)),    a = E W^T r,    E = (W^T M W)^+
 *
 * with P a local solver. W holds the global null vectors of K, 1, v_i, |v|^2 (K W = 0), and the Newton
 * directions y of earlier iterations, whose K y is known, so that no application of K is needed. See method
 * "5. The solver", step 5.
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
    gz_local_solver *local;
    const double *diag; /* [cell][node] of the present matrix */
    double dt;
    size_t null_count, slots, memory_count, next; /* next: slot to be overwritten */
    double *ones;                                 /* [GZ_BLOCK]: what any block sees of the null vector 1 */
    const double *null[GZ_DEFLATION_NULL];        /* the others, [node] each, the same in every cell */
    double *y[GZ_DEFLATION_MEMORY], *Ky[GZ_DEFLATION_MEMORY]; /* [cell][node] */
    double E[GZ_DEFLATION_MAX * GZ_DEFLATION_MAX];
    double *partial; /* [block][products of two vectors] */
} gz_deflation;

gz_status gz_deflation_init(gz_fields *fields, gz_local_solver *local, gz_deflation *deflation);
void gz_deflation_free(gz_deflation *deflation);

/* Forget the remembered directions (they belong to one mobility). */
void gz_deflation_clear(gz_deflation *deflation);

/* Remember y and K y: copies them, over the oldest if full. To be followed by gz_deflation_prepare before the
 * next apply. */
void gz_deflation_remember(gz_deflation *deflation, const double *y, const double *Ky);

/* Make E for the matrix diag + dt K; diag is kept by reference. The local solver must be prepared for it. */
gz_status gz_deflation_prepare(gz_deflation *deflation, const double *diag, double dt);

/* z = preconditioner r; goal: of its local solution, negligible being for <r, z> as a whole. rest: scratch,
 * [cell][node]. */
gz_status gz_deflation_apply(gz_deflation *deflation, const double *r, double *z, gz_local_goal goal,
                             double *rest);

#endif
