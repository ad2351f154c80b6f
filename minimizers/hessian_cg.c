/* Hessian CG: flexible preconditioned conjugate gradients. See hessian_cg.h. */
#include "hessian_cg.h"

#include <math.h>
#include <string.h>

enum { MAX_ITERATIONS = 100 };

gz_status gz_hessian_cg_init(gz_fields *fields, gz_mobility *mobility, gz_deflation *deflation,
                             gz_hessian_cg *cg) {
    memset(cg, 0, sizeof *cg);
    cg->fields = fields;
    cg->mobility = mobility;
    cg->deflation = deflation;
    double **work[] = {&cg->r, &cg->z, &cg->previous, &cg->p, &cg->Kp};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(fields->context, fields->grid->size, sizeof(double), work[i]));
    return GZ_OK;
}

void gz_hessian_cg_free(gz_hessian_cg *cg) {
    double *work[] = {cg->r, cg->z, cg->previous, cg->p, cg->Kp};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    memset(cg, 0, sizeof *cg);
}

/* <p, (diag + dt K) p>, given K p. */
static double curvature(gz_hessian_cg *cg) {
    gz_fields *fields = cg->fields;
    const double *restrict diag = cg->deflation->diag, *restrict p = cg->p, *restrict Kp = cg->Kp;
    const double dt = cg->deflation->dt;
#pragma omp parallel for num_threads(fields->threads) schedule(static) if (fields->threads > 1)
    for (size_t b = 0; b < fields->blocks; b++) {
        const gz_block block = gz_fields_block(fields, b);
        double sum = 0;
        for (size_t i = block.first; i < block.first + block.count; i++)
            sum += p[i] * (diag[i] * p[i] + dt * Kp[i]);
        fields->partial[0][b] = sum;
    }
    return gz_fields_total(fields);
}

static void advance(gz_hessian_cg *cg, double alpha, double *restrict x, double *restrict Kx) {
    const gz_fields *fields = cg->fields;
    const double *restrict diag = cg->deflation->diag, *restrict p = cg->p, *restrict Kp = cg->Kp;
    double *restrict r = cg->r;
    const double dt = cg->deflation->dt;
#pragma omp parallel for num_threads(fields->threads) schedule(static) if (fields->threads > 1)
    for (size_t b = 0; b < fields->blocks; b++) {
        const gz_block block = gz_fields_block(fields, b);
        for (size_t i = block.first; i < block.first + block.count; i++) {
            x[i] += alpha * p[i];
            Kx[i] += alpha * Kp[i];
            r[i] -= alpha * (diag[i] * p[i] + dt * Kp[i]);
        }
    }
}

/* Of a preconditioner's solution where the CG has yet to reduce by `rest`. */
static gz_local_goal inner_goal(double rest, double enough) {
    return (gz_local_goal){.reduction = fmin(fmax(0.3 * rest, 3e-4), 0.1), .negligible = enough};
}

gz_status gz_hessian_cg_solve(gz_hessian_cg *cg, double tolerance, double *x, double *Kx, long *iterations) {
    const size_t size = cg->fields->grid->size;
    memset(x, 0, size * sizeof *x);
    memset(Kx, 0, size * sizeof *Kx);
    GZ_TRY(gz_deflation_apply(cg->deflation, cg->r, cg->z, inner_goal(tolerance, 0), cg->Kp));
    double rz = gz_fields_dot(cg->fields, cg->r, cg->z);
    const double enough = tolerance * tolerance * rz;
    if (rz == 0) return GZ_OK;
    memcpy(cg->p, cg->z, size * sizeof *cg->p);
    for (int i = 0; i < MAX_ITERATIONS; i++) {
        gz_mobility_apply(cg->mobility, cg->p, cg->Kp);
        ++*iterations;
        const double pMp = curvature(cg);
        if (!(rz > 0) || !(pMp > 0) || !isfinite(pMp))
            return gz_fail(
                cg->fields->context, GZ_ERROR_NOT_CONVERGED,
                "conjugate gradients met a direction without positive curvature (%g); use a smaller dt", pMp);
        advance(cg, rz / pMp, x, Kx);
        double *swap = cg->previous;
        cg->previous = cg->z;
        cg->z = swap;
        GZ_TRY(
            gz_deflation_apply(cg->deflation, cg->r, cg->z, inner_goal(sqrt(enough / rz), enough), cg->Kp));
        const double next = gz_fields_dot(cg->fields, cg->r, cg->z);
        if (!isfinite(next))
            return gz_fail(cg->fields->context, GZ_ERROR_NOT_CONVERGED,
                           "conjugate gradients met a number that is not finite; use a smaller dt");
        if (next <= enough) break;
        const double beta = (next - gz_fields_dot(cg->fields, cg->r, cg->previous)) / rz;
        gz_fields_combine(cg->fields, 1, cg->z, beta, cg->p);
        rz = next;
    }
    return GZ_OK;
}
