/* Interaction of species: sums over species at every node, then one convolution a species. */
#include "interaction_species.h"

#include "fields.h"

typedef struct mixture {
    const gz_phase_grid *grid;
    const gz_interaction_method *method;
    void *of_one;                                     /* of the method, on the grid of one species */
    double diffusion[GZ_MAX_SPECIES][GZ_MAX_SPECIES]; /* c_st/m_s^2 */
    double friction[GZ_MAX_SPECIES][GZ_MAX_SPECIES];  /* c_st/(m_s m_t) */
} mixture;

static void destroy(void *self) {
    mixture *m = self;
    if (!m) return;
    m->method->destroy(m->of_one);
    gz_release(m);
}

gz_status gz_interaction_species_create(gz_context *context, const gz_phase_grid *grid,
                                        const gz_interaction_method *method,
                                        const gz_mobility_settings *settings, const gz_lattice_kernel *kernel,
                                        void **self) {
    mixture *m = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *m, &m));
    *self = m;
    m->grid = grid;
    m->method = method;
    for (size_t s = 0; s < grid->species_count; s++)
        for (size_t t = 0; t < grid->species_count; t++) {
            const double c = settings->rates.value[s][t], own = grid->species[s].mass,
                         other = grid->species[t].mass;
            m->diffusion[s][t] = c / (own * own);
            m->friction[s][t] = c / (own * other);
        }
    return method->create(context, grid->one, settings, kernel, &m->of_one);
}

/* g_s <- sum_t factor_st g_t. */
static void mix(const mixture *m, double factor[GZ_MAX_SPECIES][GZ_MAX_SPECIES], double *g) {
    const size_t size = m->grid->one->size, count = m->grid->species_count;
#pragma omp parallel for num_threads(gz_field_threads(m->grid))
    for (size_t i = 0; i < size; i++) {
        double sum[GZ_MAX_SPECIES] = {0};
        for (size_t s = 0; s < count; s++)
            for (size_t t = 0; t < count; t++) sum[s] += factor[s][t] * g[t * size + i];
        for (size_t s = 0; s < count; s++) g[s * size + i] = sum[s];
    }
}

static void tensor(void *self, double *g, double *const out[GZ_MAX_PAIRS]) {
    mixture *m = self;
    const size_t size = m->grid->one->size;
    mix(m, m->diffusion, g);
    for (size_t s = 0; s < m->grid->species_count; s++) {
        double *part[GZ_MAX_PAIRS];
        for (int p = 0; p < gz_pair_count(m->grid->velocity_dim); p++) part[p] = out[p] + s * size;
        m->method->tensor(m->of_one, g + s * size, part);
    }
}

static void drift(void *self, double *const field[GZ_MAX_DIM]) {
    mixture *m = self;
    const size_t size = m->grid->one->size;
    for (int a = 0; a < m->grid->velocity_dim; a++) mix(m, m->friction, field[a]);
    for (size_t s = 0; s < m->grid->species_count; s++) {
        double *part[GZ_MAX_DIM];
        for (int a = 0; a < m->grid->velocity_dim; a++) part[a] = field[a] + s * size;
        m->method->drift(m->of_one, part);
    }
}

const gz_interaction_method gz_interaction_species = {"species", NULL, destroy, tensor, drift};
