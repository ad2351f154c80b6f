/* Flexible CG: an iteration applies K once and the preconditioner once. */
#include "flexible_cg.h"

#include <math.h>
#include <string.h>

gz_status gz_flexible_cg_init(gz_fields *fields, gz_mobility *mobility, gz_flexible_cg *cg) {
    *cg = (gz_flexible_cg){.fields = fields, .mobility = mobility};
    double **work[] = {&cg->r, &cg->z, &cg->previous, &cg->p, &cg->Kp};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(fields->context, fields->grid->size, sizeof(double), work[i]));
    return GZ_OK;
}

void gz_flexible_cg_free(gz_flexible_cg *cg) {
    double *work[] = {cg->r, cg->z, cg->previous, cg->p, cg->Kp};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    *cg = (gz_flexible_cg){0};
}

/* An iteration's loops: x += alpha p, K x += alpha K p, r -= alpha M p. */
typedef struct loop {
    const gz_flexible_cg *cg;
    const gz_cg_system *M;
    double alpha, *x, *Kx;
} loop;

/* M p at node k of a block, given K p; diag may be NULL. */
static inline double product(const double *diag, const double *p, double dt, const double *Kp, size_t k) {
    return (diag ? diag[k] * p[k] : 0) + dt * Kp[k];
}

static void add_curvature(const void *self, gz_block on, double *sums) {
    const loop *l = self;
    const double *restrict diag = l->M->diag ? l->M->diag + on.first : NULL,
                           *restrict p = l->cg->p + on.first, *restrict Kp = l->cg->Kp + on.first;
    double Mp[GZ_BLOCK];
    for (size_t k = 0; k < on.count; k++) Mp[k] = product(diag, p, l->M->dt, Kp, k);
    sums[0] = gz_block_dot(p, Mp, on.count);
}

/* <p, M p>, given K p. */
static double curvature(const gz_flexible_cg *cg, const gz_cg_system *M) {
    return gz_fields_sum_one(cg->fields, add_curvature, &(loop){.cg = cg, .M = M});
}

static void advance_block(const void *self, gz_block on, double *sums) {
    const loop *l = self;
    const double *restrict diag = l->M->diag ? l->M->diag + on.first : NULL,
                           *restrict p = l->cg->p + on.first, *restrict Kp = l->cg->Kp + on.first;
    double *restrict x = l->x + on.first, *restrict Kx = l->Kx + on.first, *restrict r = l->cg->r + on.first;
    const double alpha = l->alpha, dt = l->M->dt;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        x[k] += alpha * p[k];
        Kx[k] += alpha * Kp[k];
        r[k] -= alpha * product(diag, p, dt, Kp, k);
    }
}

gz_status gz_flexible_cg_solve(gz_flexible_cg *cg, const gz_cg_system *M, double *x, double *Kx,
                               gz_cg_report *report) {
    gz_fields *fields = cg->fields;
    const size_t bytes = fields->grid->size * sizeof(double);
    memset(x, 0, bytes);
    memset(Kx, 0, bytes);
    *report = (gz_cg_report){.left = NAN};
    GZ_TRY(M->precondition(M->self, cg->r, cg->z, M->reduction, 0));
    double rz = gz_fields_dot(fields, cg->r, cg->z);
    double pMp = rz < 0 ? rz : INFINITY; /* a preconditioner must be positive definite too */
    const double enough = fmax(M->reduction * M->reduction * rz, M->negligible);
    memcpy(cg->p, cg->z, bytes);
    while (rz > enough && report->iterations < M->most) {
        GZ_TRY(gz_go_on(fields->context));
        gz_mobility_apply(cg->mobility, cg->p, cg->Kp);
        report->iterations++;
        pMp = curvature(cg, M);
        if (!(pMp > 0)) break;
        gz_fields_run(fields, advance_block, &(loop){cg, M, rz / pMp, x, Kx});
        double *swap = cg->previous;
        cg->previous = cg->z;
        cg->z = swap;
        GZ_TRY(M->precondition(M->self, cg->r, cg->z, sqrt(enough / rz), enough));
        const double next = gz_fields_dot(fields, cg->r, cg->z);
        if (next > enough) {
            const double beta = (next - gz_fields_dot(fields, cg->r, cg->previous)) / rz;
            gz_fields_combine(fields, 1, cg->z, beta, cg->p);
        }
        rz = next;
    }
    report->left = rz;
    report->enough = enough;
    if (isfinite(rz) && pMp > 0) return GZ_OK;
    return gz_fail(fields->context, GZ_ERROR_NOT_CONVERGED,
                   "conjugate gradients broke down (curvature %g, squared residual %g)", pMp, rz);
}
