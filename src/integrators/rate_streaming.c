/* Rate streaming: ratios to a base are shifted, and row sums are restored over cells and ranks. */
#include "rate_streaming.h"

#include "clock.h"

#include <math.h>
#include <string.h>

gz_status gz_rate_streaming_init(gz_context *context, const gz_phase_grid *grid, gz_streaming *streaming,
                                 gz_rate_streaming *s) {
    *s = (gz_rate_streaming){.grid = grid, .streaming = streaming};
    if (!streaming) return GZ_OK;
    GZ_TRY(gz_fields_init(context, grid, &s->fields));
    GZ_TRY(gz_allocate(context, 2 * grid->node_count * grid->species_count, sizeof(double), &s->sums));
    return gz_allocate(context, grid->size, sizeof(double), &s->mass);
}

void gz_rate_streaming_free(gz_rate_streaming *s) {
    gz_fields_free(&s->fields);
    gz_release(s->sums);
    gz_release(s->mass);
    *s = (gz_rate_streaming){0};
}

void gz_stream_log(const gz_rate_streaming *s, double t, const double *log_f, double *out) {
    memcpy(out, log_f, s->grid->size * sizeof *out);
    if (!s->streaming) return;
    const double begin = gz_seconds_now();
    gz_streaming_apply(s->streaming, t, out);
#pragma omp parallel for num_threads(gz_field_threads(s->grid))
    for (size_t i = 0; i < s->grid->size; i++)
        if (out[i] < GZ_LOG_FLOOR) out[i] = GZ_LOG_FLOOR; /* a NaN stays one */
    gz_context_spend(s->fields.context, GZ_PHASE_STREAMING, begin);
}

/* From `out`, a shifted ratio, to the rate without a(v); F: before. sums: what is missing in a row, and h e^(B'). */
static void take_rows(const gz_rate_streaming *s, const double *F, double *out) {
    const size_t nodes = s->grid->node_count, cells = s->grid->cell_count;
    const size_t count = 2 * nodes * s->grid->species_count;
    memset(s->sums, 0, count * sizeof *s->sums);
    for (size_t cell = 0; cell < cells; cell++) {
        const size_t shift = cell * nodes;
        double *missing = s->sums + 2 * nodes * gz_phase_grid_species(s->grid, cell),
               *weight = missing + nodes;
#pragma omp parallel for num_threads(gz_field_threads(s->grid))
        for (size_t p = 0; p < nodes; p++) {
            out[shift + p] *= s->mass[shift + p];
            missing[p] += F[shift + p] - out[shift + p];
            weight[p] += s->mass[shift + p];
        }
    }
    gz_ranks_sum(s->grid->ranks, count, s->sums);
}

void gz_stream_rate(const gz_rate_streaming *s, double t, const double *F, const double *B,
                    const double *streamed_B, double *out) {
    const size_t nodes = s->grid->node_count, size = s->grid->size;
    if (!s->streaming) {
        memcpy(out, F, size * sizeof *out);
        return;
    }
    const double begin = gz_seconds_now();
    gz_fields_mass(&s->fields, B, s->mass);
#pragma omp parallel for num_threads(gz_field_threads(s->grid))
    for (size_t i = 0; i < size; i++) out[i] = F[i] / s->mass[i];
    gz_fields_mass(&s->fields, streamed_B, s->mass);
    gz_streaming_apply_linear(s->streaming, t, out);
    take_rows(s, F, out);
#pragma omp parallel for num_threads(gz_field_threads(s->grid))
    for (size_t cell = 0; cell < s->grid->cell_count; cell++) {
        const double *missing = s->sums + 2 * nodes * gz_phase_grid_species(s->grid, cell),
                     *mass = s->mass + cell * nodes;
        for (size_t p = 0; p < nodes; p++) out[cell * nodes + p] += mass[p] * missing[p] / missing[nodes + p];
    }
    gz_context_spend(s->fields.context, GZ_PHASE_STREAMING, begin);
}
