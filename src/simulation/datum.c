/* Datum: the sentence about the component that the grid resolves worst. */
#include "datum.h"

#include "excerpt.h"
#include "functionals.h"
#include "plain.h"

#include <math.h>
#include <string.h>

static const double FINE = 0.5; /* largest spacing in units of sqrt(T/m) */

/* The component that is furthest off, and the number of those that the grid does not resolve. */
static size_t find_worst(const gz_simulation *s, size_t *unresolved) {
    size_t worst = 0;
    *unresolved = 0;
    for (size_t k = 0; k < s->deck->component_count; k++) {
        *unresolved += !gz_sampling_is_resolved(&s->samplings[k]);
        if (s->samplings[k].off > s->samplings[worst].off) worst = k;
    }
    return worst;
}

bool gz_datum_warning(const gz_simulation *s, char text[GZ_DATUM_TEXT]) {
    size_t unresolved, used = 0;
    const size_t worst = find_worst(s, &unresolved);
    const gz_sampling *sampling = &s->samplings[worst];
    text[0] = 0;
    if (unresolved == 0) return false;
    used += (size_t)snprintf(text, GZ_DATUM_TEXT, "%s: initial.%zu: ", s->deck->places[worst], worst);
    gz_sampling_describe(sampling, s->grid, text + used, GZ_DATUM_TEXT - used);
    used = strlen(text);
    if (!gz_sampling_is_usable(sampling) && !s->deck->allow_unresolved)
        used += (size_t)snprintf(text + used, GZ_DATUM_TEXT - used, ", or grid.unresolved to allow");
    if (unresolved > 1)
        snprintf(text + used, GZ_DATUM_TEXT - used, " (%zu more component%s off by more than 1e-6)",
                 unresolved - 1, unresolved > 2 ? "s are" : " is");
    gz_calm(text); /* the deck's name is in it */
    return true;
}

bool gz_datum_species_warning(const gz_simulation *s, char text[GZ_DATUM_TEXT]) {
    const gz_phase_grid *grid = s->grid;
    gz_species_moments moments;
    size_t worst = 0, coarse = 0;
    double least = INFINITY;
    text[0] = 0;
    if (!grid->mixture) return false;
    gz_species_moments_of(grid, s->state.f, &moments);
    for (size_t k = 0; k < grid->species_count; k++) {
        const double width = sqrt(moments.temperature[k] / grid->species[k].mass);
        coarse += grid->spacing > FINE * width;
        if (width < least) worst = k;
        least = fmin(least, width);
    }
    if (coarse == 0) return false;
    const double nodes = ceil(2 * grid->half_width / (FINE * least)) + 1;
    snprintf(text, GZ_DATUM_TEXT,
             "species %s: the spacing %.3g is %.2f of sqrt(T/m) = %.3g, and half of it is fine; set "
             "grid.v.nodes to "
             "%.0f or more%s",
             grid->species[worst].name, grid->spacing, grid->spacing / least, least,
             nodes + (fmod(nodes, 2) == 0), coarse > 1 ? " (other species are too coarse as well)" : "");
    return true;
}

void gz_datum_write(FILE *out, const gz_simulation *s, int column) {
    const gz_plain plain = gz_plain_enter();
    for (size_t k = 0; k < s->deck->component_count; k++) {
        const gz_sampling *sampling = &s->samplings[k];
        char name[40], values[GZ_CONSERVED_TEXT];
        snprintf(name, sizeof name, "initial.%zu asks for", k);
        gz_conserved_show(&sampling->asked, s->grid->velocity_dim, values, sizeof values);
        fprintf(out, "%-*s%s\n", column, name, values);
        gz_conserved_show(&sampling->got, s->grid->velocity_dim, values, sizeof values);
        fprintf(out, "%-*s%s; off by %.1e", column, "and the grid has", values, sampling->off);
        if (!sampling->whole && s->grid->all_cells > 1) fprintf(out, " at most, in cell %zu", sampling->cell);
        if (s->deck->normalise) fprintf(out, "; by %.1e before it was normalised", sampling->off_before);
        fputc('\n', out);
    }
    gz_plain_leave(&plain);
}

gz_status gz_datum_check(const gz_simulation *s) {
    char text[GZ_DATUM_TEXT];
    size_t unresolved;
    const size_t worst = find_worst(s, &unresolved);
    if (s->deck->allow_unresolved || gz_sampling_is_usable(&s->samplings[worst])) return GZ_OK;
    gz_datum_warning(s, text);
    return gz_fail(s->context, GZ_ERROR_SETTINGS, "%s", text);
}
