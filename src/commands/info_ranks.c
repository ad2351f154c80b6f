/* Info of ranks: the lines of a footprint. */
#include "info_ranks.h"

#include "footprint.h"

#include <stdio.h>
#include <string.h>

int gz_typical_applications(const gz_deck *deck) {
    const bool predicts = strcmp(deck->integrator.scheme, "jko") != 0;
    const bool couples = deck->problem.grid.space_dim > 0 && deck->problem.kappa.shape != GZ_KAPPA_DIRAC;
    return predicts ? (couples ? 16 : 8) : (couples ? 11 : 5);
}

static void print_traffic(const char *what, const gz_traffic *t) {
    printf("%-24s%-20s %8.3g messages, %9.4g MB\n", "", what, t->messages, t->bytes / 1e6);
}

/* Print what the rank with the largest slab needs and sends. */
static void print_footprint(const gz_deck *deck, const gz_footprint *footprint) {
    const gz_phase_grid_settings *grid = &deck->problem.grid;
    const bool predicts = strcmp(deck->integrator.scheme, "jko") != 0;
    const int applications = gz_typical_applications(deck), setups = predicts ? 2 : 1;
    /* f or f_last, and with output.grazing_rate all that one rank of several stores of the collision */
    const double fields = 1 + (deck->output_rate ? 4 + 2 * grid->velocity_dim : 0);
    printf("%-24s", "grid");
    for (int a = 0; a < grid->space_dim; a++) printf("%zu x ", grid->cells[a]);
    printf("%zu^%d nodes\n", grid->nodes, grid->velocity_dim);
    printf("%-24s%d along the first x axis, %zu planes of cells each%s; %.4g nodes\n", "ranks",
           footprint->ranks, footprint->planes,
           footprint->least_planes < footprint->planes ? ", some one less" : "", footprint->nodes);
    const bool giga = footprint->bytes > 1e9;
    const double unit = giga ? 1e9 : 1e6;
    printf("%-24s%.4g %s: %.0f bytes a node and %.3g %s beside the fields; %.4g %s on all ranks\n",
           "memory a rank", footprint->bytes / unit, giga ? "GB" : "MB", footprint->bytes_a_node,
           footprint->bytes_fixed / unit, giga ? "GB" : "MB", footprint->bytes / unit * footprint->ranks,
           giga ? "GB" : "MB");
    printf("%-24sby kind:\n", "sent by a rank");
    print_traffic("application of K", &footprint->application);
    print_traffic("set-up of K", &footprint->setup);
    print_traffic("streaming of a step", &footprint->streaming);
    const gz_traffic step = {applications * footprint->application.messages +
                                 setups * footprint->setup.messages + footprint->streaming.messages,
                             applications * footprint->application.bytes + setups * footprint->setup.bytes +
                                 footprint->streaming.bytes};
    print_traffic("a step, all in all", &step);
    printf("%-24swith the %d applications and %d set-ups that are typical; besides some ten sums over ranks "
           "an\n%-24sapplication, of 121 numbers at most; a stored state is %.4g MB a rank\n",
           "", applications, setups, "", fields * footprint->nodes * sizeof(double) / 1e6);
}

gz_status gz_info_of_ranks(gz_context *context, const gz_options *options, const gz_deck *deck) {
    long ranks;
    gz_footprint footprint;
    GZ_TRY(gz_options_number(context, options, "ranks", 1, 1000000, 1, &ranks));
    GZ_TRY(gz_footprint_estimate(context, deck, (int)ranks, &footprint));
    print_footprint(deck, &footprint);
    return GZ_OK;
}
