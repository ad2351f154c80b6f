/* Mobility K(m): the linear map from a potential w to a weighted rate (mass per cell and node),
 *
 *   <w, K(m) w> = D_m(w) = 1/2 sum_{pq} (h dx)_p (h dx)_q kappa m_p m_q |grad~_{pq} w|^2 + sawtooth,
 *   K(m) w = sum_a G_a^T [ h m (T q - b)_a ] + sum_a S_a^T c_a S_a w,      q = G w,
 *   T_ab = (kappa (x) a_ab) * (h m),   b_a = sum_b (kappa (x) a_ab) * (h m q_b),   c_a = 1/2 min(h m T_aa).
 *
 * <a, b> is the plain sum over cells and nodes times dx. K is symmetric and >= 0. Its null space contains all
 * functions of x, and v_i and |v|^2 of the whole system (null_space.h). In a mixture a pair of species has c_st/(m_s m_t)
 * and G/m_s in place of 1 and G (interaction_species.h). Every call with a transform or a sum over cells is
 * collective; the local part of K is not. Source: the weak form of (1.1) with the fuzzy gradient of (1.7); D
 * is (1.10).
 *
 * There is a family of methods to convolve with kappa (x) a (interaction.h): `pairs` sums over all pairs and
 * is the reference, `fft` is fast, and `moments` is faster but needs gamma = 0. All other code is shared.
 */
#ifndef GZ_MOBILITY_H
#define GZ_MOBILITY_H

#include "derivative.h"
#include "lattice_kernel.h"
#include "null_space.h"
#include "team.h"

typedef struct gz_mobility gz_mobility;

/* Whose collisions K is that of. All but Landau's act in each cell by itself, and have no kernel a and no kappa:
 *
 *   landau         the formulas above
 *   fokker_planck  gamma div(theta grad f + v f), with a heat bath: mass is all that they keep. K acts on
 *                  log f + phi, phi = |v|^2/(2 theta) (gz_mobility_entropy_variable)
 *   dougherty      nu div(T grad f + (v - u) f), with u and T of the cell
 *   none           K = 0
 */
typedef enum gz_collision_kind {
    GZ_LANDAU,
    GZ_FOKKER_PLANCK,
    GZ_DOUGHERTY,
    GZ_NO_COLLISIONS
} gz_collision_kind;

typedef struct gz_collision_model {
    gz_collision_kind kind;
    double friction, temperature; /* fokker_planck: gamma > 0, theta > 0; 0 means 1 */
    double rate;                  /* dougherty: nu > 0; 0 means 1 */
} gz_collision_model;

typedef struct gz_mobility_settings {
    gz_collision_model collisions; /* default landau */
    gz_kernel kernel;              /* landau, as kappa and method */
    gz_kappa kappa;
    int order;          /* 2 | 4 | 6 | 8; 0 means 6 */
    bool always_wide;   /* true: no steepness switch (theta = 1), for pure orders; default false */
    const char *method; /* "fft" (also NULL) | "pairs" | "moments" */
    gz_rates rates;     /* of the species of the grid */
} gz_mobility_settings;

/* The model with its defaults written out, where they are left at zero. */
GZ_API gz_collision_model gz_collision_model_resolved(const gz_collision_model *model);

/* The name of a kind of collisions, as above. */
GZ_API const char *gz_collision_name(gz_collision_kind kind);

/* The null space of the K that these settings make. */
GZ_API gz_null_space gz_mobility_null_space_of(const gz_mobility_settings *settings,
                                               const gz_phase_grid *grid);

/* The grid must outlive the mobility. All memory of later calls is made here. */
GZ_API gz_status gz_mobility_create(gz_context *context, const gz_phase_grid *grid,
                                    const gz_mobility_settings *settings, gz_mobility **mobility);
GZ_API void gz_mobility_destroy(gz_mobility *mobility);

/* Set theta of the steepness switch from log f, [cell][node]. Call before gz_mobility_set_density. */
GZ_API void gz_mobility_set_steepness(gz_mobility *mobility, const double *log_f);

/* Set m >= 0, [cell][node]: computes h m, T and the sawtooth weights. The cost is 1 forward and d(d+1)/2
 * inverse transforms. */
GZ_API void gz_mobility_set_density(gz_mobility *mobility, const double *m);

/* Set h m and T from m, and leave the steepness and the sawtooth weights as they are. */
GZ_API void gz_mobility_set_tensor(gz_mobility *mobility, const double *m);

/* Set h m from m, and leave T, the steepness and the sawtooth weights as they are: K_local, not K, of another m. */
GZ_API void gz_mobility_set_weight(gz_mobility *mobility, const double *m);

/* out = K(m) w, at the cost of d forward and d inverse transforms a cell. w and out must not overlap. */
GZ_API void gz_mobility_apply(gz_mobility *mobility, const double *w, double *out);

/* out = K_local(m) w = sum_ab G_a^T (h m T_ab) G_b w + sawtooth: K without its non-local part, which is
 * smoothing. There is no transform. */
GZ_API void gz_mobility_apply_local(gz_mobility *mobility, const double *w, double *out);

/* out = K_local(m) w on one cell, with w and out [node]. Every member of the team makes the call and writes
 * its share of the rows of out; w must be complete before. Members must pass gz_team_wait before the next
 * application. Different cells may run concurrently in teams of one. */
GZ_API void gz_mobility_apply_local_cell(gz_mobility *mobility, size_t cell, gz_team team, const double *w,
                                         double *out);

/* phi, [node], for which collisions let F(f) = sum h f (log f + phi) fall; NULL where phi = 0. */
GZ_API const double *gz_mobility_potential(const gz_mobility *mobility);

/* log_f + phi, [cell][node], whose K is the rate of collisions: log_f itself where phi = 0, else a field of the mobility that
 * the next call overwrites. */
GZ_API const double *gz_mobility_entropy_variable(gz_mobility *mobility, const double *log_f);

/* Scratch field of a velocity axis, [cell][node]. Applications of K and set-ups overwrite it. */
GZ_API double *gz_mobility_scratch(gz_mobility *mobility, int axis);

/* Diagonal of K_local. */
GZ_API const double *gz_mobility_local_diagonal(gz_mobility *mobility);

/* D_m(w) = <w, K(m) w>, given out = K(m) w. */
GZ_API double gz_mobility_dissipation(const gz_mobility *mobility, const double *w, const double *Kw);

/* e = sum_q (h dx)_q kappa m_q |grad~_pq w|^2 at every point p; h e is the derivative by m of the pair part
 * of <w, K(m) w>. Landau's collisions only. The cost is the transforms of 1 + d applications. w and e must not
 * overlap. */
GZ_API void gz_mobility_pair_energy(gz_mobility *mobility, const double *w, double *e);

/* Action density of the optimal rate U = -kappa m m* grad~ w, per dx dv: 1/2 sum_q (h dx)_q
 * |U_pq|^2/(kappa m m*), and the action of the sawtooth control, in equal parts on the nodes of a window. The
 * integral of the density is Act_m(U) = D_m(w). Of other collisions it is m (q - T^-1 b).T (q - T^-1 b). */
GZ_API void gz_mobility_action_density(gz_mobility *mobility, const double *w, double *density);

/* The parts of the local Hessian, read only. */
GZ_API const gz_phase_grid *gz_mobility_grid(const gz_mobility *mobility);
GZ_API const gz_derivative *gz_mobility_derivative(const gz_mobility *mobility);
GZ_API const double *gz_mobility_theta(const gz_mobility *mobility, int axis);      /* [cell][node] */
GZ_API const double *gz_mobility_weight(const gz_mobility *mobility);               /* h m, [cell][node] */
GZ_API const double *gz_mobility_tensor(const gz_mobility *mobility, int a, int b); /* T_ab, [cell][node] */
GZ_API const double *gz_mobility_sawtooth(const gz_mobility *mobility, int axis);   /* c_a, [cell][node] */
GZ_API const gz_mobility_settings *gz_mobility_get_settings(const gz_mobility *mobility);
GZ_API const gz_lattice_kernel *gz_mobility_lattice(const gz_mobility *mobility); /* a(z) */
GZ_API const gz_null_space *gz_mobility_null_space(const gz_mobility *mobility);

/* The rate c_st of a pair of own cells' species. */
GZ_API double gz_mobility_rate(const gz_mobility *mobility, size_t cell, size_t other);

/* Number of gz_mobility_apply and gz_mobility_set_density calls since creation. */
GZ_API size_t gz_mobility_applications(const gz_mobility *mobility);
GZ_API size_t gz_mobility_setups(const gz_mobility *mobility);

#endif
