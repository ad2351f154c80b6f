/* PETSc's Landau operator on the problem of deck.yaml: error of the initial relaxation rate, seconds a step.
 *
 * PETSc measures velocities in sqrt(k T/m), and time such that A(z) = 1/z, the deck's kernel. Its residual at
 * d_t f = 0 is R_i = -int Q(f, f) phi_i dv. For every function g of the element space, such as 1, v_1^2 and
 * |v|^2 on quadratic elements, d/dt int g f dv = -sum_i g_i R_i then follows without a linear solve. For a
 * bi-Maxwellian with T_1 = 1 and T_2 = T_3 = 1.3 the rate of T_1 has a closed form: 0.071687488.
 */
#include <petscdmcomposite.h>
#include <petsclandau.h>
#include <petscts.h>
#include <stdio.h>
#include <time.h>

static const PetscReal EXACT_RATE = 0.071687488;
static const PetscReal TEMPERATURE[] = {1, 1.3, 1.3};

typedef PetscErrorCode function_of_v(PetscInt dim, PetscReal t, const PetscReal v[], PetscInt n,
                                     PetscScalar *value, void *context);

static PetscErrorCode bi_maxwellian(PetscInt dim, PetscReal t, const PetscReal v[], PetscInt n,
                                    PetscScalar *value, void *context) {
    (void)t, (void)n, (void)context;
    value[0] = 1;
    for (PetscInt a = 0; a < dim; a++)
        value[0] *=
            PetscExpReal(-v[a] * v[a] / (2 * TEMPERATURE[a])) / PetscSqrtReal(2 * PETSC_PI * TEMPERATURE[a]);
    return 0;
}

static PetscErrorCode one(PetscInt dim, PetscReal t, const PetscReal v[], PetscInt n, PetscScalar *value,
                          void *context) {
    (void)dim, (void)t, (void)v, (void)n, (void)context;
    value[0] = 1;
    return 0;
}

static PetscErrorCode square_of_v1(PetscInt dim, PetscReal t, const PetscReal v[], PetscInt n,
                                   PetscScalar *value, void *context) {
    (void)dim, (void)t, (void)n, (void)context;
    value[0] = v[0] * v[0];
    return 0;
}

/* Creates the vector *values and fills it with the nodal values of a function of v. */
static PetscErrorCode interpolate(DM pack, function_of_v *function, Vec *values) {
    LandauCtx *landau;
    Vec grid_part;
    PetscFunctionBeginUser;
    PetscCall(DMGetApplicationContext(pack, &landau));
    PetscCall(DMCreateGlobalVector(pack, values));
    PetscCall(DMCompositeGetAccessArray(pack, *values, 1, NULL, &grid_part));
    PetscCall(DMProjectFunction(landau->plex[0], 0, &function, NULL, INSERT_ALL_VALUES, grid_part));
    PetscCall(DMCompositeRestoreAccessArray(pack, *values, 1, NULL, &grid_part));
    PetscFunctionReturn(0);
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int argc, char **argv) {
    DM pack;
    Vec landau_state, f, rest, residual, mass_f, unity, square;
    Mat jacobian, mass_matrix;
    TS stepper;
    PetscInt nodes, newton;
    PetscScalar density, rate;

    PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
    PetscCall(DMPlexLandauCreateVelocitySpace(PETSC_COMM_SELF, 3, "", &landau_state, &jacobian, &pack));
    PetscCall(DMSetUp(pack));
    PetscCall(DMPlexLandauCreateMassMatrix(pack, &mass_matrix)); /* the velocity space owns it */
    PetscCall(interpolate(pack, bi_maxwellian, &f));
    PetscCall(interpolate(pack, one, &unity));
    PetscCall(interpolate(pack, square_of_v1, &square));
    PetscCall(VecDuplicate(f, &rest));
    PetscCall(VecSet(rest, 0));
    PetscCall(VecDuplicate(f, &residual));
    PetscCall(VecDuplicate(f, &mass_f));
    PetscCall(VecGetSize(f, &nodes));

    PetscCall(TSCreate(PETSC_COMM_SELF, &stepper));
    PetscCall(TSSetDM(stepper, pack));
    PetscCall(TSSetIFunction(stepper, NULL, DMPlexLandauIFunction, NULL));
    PetscCall(TSSetIJacobian(stepper, jacobian, jacobian, DMPlexLandauIJacobian, NULL));
    PetscCall(TSSetFromOptions(stepper));

    PetscCall(TSComputeIFunction(stepper, 0, f, rest, residual, PETSC_FALSE));
    PetscCall(VecDot(square, residual, &rate));
    PetscCall(MatMult(mass_matrix, f, mass_f));
    PetscCall(VecDot(unity, mass_f, &density));

    const double start = seconds_now();
    PetscCall(TSSolve(stepper, f));
    const double seconds = seconds_now() - start;
    PetscCall(TSGetSNESIterations(stepper, &newton));
    printf("PETSc %d %.1e %.3g %d\n", (int)nodes, fabs(-rate / density / EXACT_RATE - 1), seconds,
           (int)newton);

    Vec vectors[] = {f, rest, residual, mass_f, unity, square};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) PetscCall(VecDestroy(&vectors[i]));
    PetscCall(TSDestroy(&stepper));
    PetscCall(DMPlexLandauDestroyVelocitySpace(&pack));
    return PetscFinalize();
}
