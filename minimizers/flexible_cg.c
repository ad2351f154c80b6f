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

/* <p, M p>, given K p. */
static double curvature(gz_flexible_cg *cg, const gz_cg_system *M) {
    gz_fields *fields = cg->fields;
    const double *restrict diag = M->diag, *restrict p = cg->p, *restrict Kp = cg->Kp;
    const double dt = M->dt;
#pragma omp parallel for num_threads(fields->threads)
    for (size_t b = 0; b < fields->blocks; b++) {
        const gz_block block = gz_fields_block(fields, b);
        double sum = 0;
        for (size_t i = block.first; i < block.first + block.count; i++)
            sum += p[i] * ((diag ? diag[i] * p[i] : 0) + dt * Kp[i]);
        fields->partial[b][0] = sum;
    }
    return gz_fields_total(fields);
}

static void advance(gz_flexible_cg *cg, const gz_cg_system *M, double alpha, double *restrict x,
                    double *restrict Kx) {
    const gz_fields *fields = cg->fields;
    const double *restrict diag = M->diag, *restrict p = cg->p, *restrict Kp = cg->Kp, dt = M->dt;
    double *restrict r = cg->r;
#pragma omp parallel for num_threads(fields->threads)
    for (size_t i = 0; i < fields->grid->size; i++) {
        x[i] += alpha * p[i];
        Kx[i] += alpha * Kp[i];
        r[i] -= alpha * ((diag ? diag[i] * p[i] : 0) + dt * Kp[i]);
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
        advance(cg, M, rz / pMp, x, Kx);
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
