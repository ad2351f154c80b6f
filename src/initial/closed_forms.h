/* Closed forms: the components with a formula, as log f on the nodes and as what they ask for (asked.h).
 *
 * initial.h has the formulas of f. The exact integrals over v at a place in x are
 *
 *   maxwellian  int (1, v, |v|^2) f dv = n (1, u, |u|^2 + sum_a T_a)
 *   bkw         n (1, 0, d)
 *
 * A velocity grid of spacing sqrt(T), T the least temperature, that reaches to |u_a| + 6 sqrt(T_a) along each
 * axis has them within 1e-6. The polynomial of bkw asks for a spacing of 0.8 sqrt(K).
 */
#ifndef GZ_CLOSED_FORMS_H
#define GZ_CLOSED_FORMS_H

#include "asked.h"
#include "initial.h"

/* The component with its defaults written out. */
gz_component gz_component_resolved(const gz_component *component);

/* The Maxwellian of one cell: log f = constant - sum_a (v_a - u_a)^2 / (2 T_a). */
typedef struct gz_local_maxwellian {
    double density, mean[GZ_MAX_DIM], temperature[GZ_MAX_DIM];
    double constant, half_inverse[GZ_MAX_DIM]; /* 1/(2 T_a) */
} gz_local_maxwellian;

gz_local_maxwellian gz_maxwellian_at(const gz_phase_grid *grid, const gz_component *component, size_t cell);
double gz_maxwellian_log(const gz_local_maxwellian *here, const gz_phase_grid *grid, size_t node);

/* The BKW solution: log f = constant - |v|^2/2K + log(even + curved |v|^2), NAN where f < 0. */
typedef struct gz_bkw {
    double K, constant, even, curved;
} gz_bkw;

gz_bkw gz_bkw_at(int velocity_dim, double strength, double time);
double gz_bkw_log(const gz_bkw *bkw, double v2);

/* log(e^a + e^b); NaN if one of them is. */
double gz_log_add(double a, double b);

/* Add a component to exp(log_f), [cell][node], and what it asks for to `asked`, where every cell is a group.
 * bkw fails with GZ_ERROR_SETTINGS where it is negative. */
void gz_add_maxwellian(const gz_phase_grid *grid, const gz_component *component, double *log_f,
                       gz_asked *asked);
gz_status gz_add_bkw(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                     const gz_component *component, double *log_f, gz_asked *asked);

#endif
