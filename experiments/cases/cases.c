/* Known answers on large grids: the cases 1 to 8 of doc/cases.md as a Markdown table.
 *
 *   cases [CURVES.csv]     CURVES.csv gets the curves that the picture shows
 *
 * Exit status 1 if an error is above its bound.
 */
#include "answers.h"

#include <math.h>
#include <stdlib.h>

static void print_number(double value) {
    if (isnan(value))
        printf(" |");
    else
        printf(" %.9g |", value);
}

static bool print(const answer *row) {
    const bool kept = row->error <= row->bound;
    printf("| %d | %s | %s |", row->number, row->problem, row->quantity);
    print_number(row->exact);
    print_number(row->computed);
    printf(" %.2e | %.1e |%s\n", row->error, row->bound, kept ? "" : " <- missed");
    return kept;
}

int main(int count, char **arguments) {
    static answers list;
    static const size_t COULOMB_NODES[] = {25, 33, 41};
    static const grid_size SHAPES[] = {{0, 2, 1, 33, 5}, {1, 2, 4, 25, 5}, {2, 2, 3, 17, 5}, {0, 3, 1, 17, 5},
                                       {1, 3, 3, 13, 5}, {2, 3, 2, 11, 5}, {3, 3, 2, 11, 5}};
    gz_context *context = NULL;
    if (gz_context_create(0, &context) != GZ_OK) return EXIT_FAILURE;
    if (count > 1 && !(list.curves = fopen(arguments[1], "w"))) {
        perror(arguments[1]);
        return EXIT_FAILURE;
    }
    if (list.curves) fprintf(list.curves, "problem,quantity,t,computed,exact\n");

    answer_bkw_functionals(context, &list, 97, 6);
    answer_bkw(context, &list, (grid_size){0, 2, 1, 33, 6}, 6, 1, 0.5, 1.5, 16, 1.1e-5, 6.5);
    answer_bkw(context, &list, (grid_size){0, 3, 1, 33, 6}, 6, 1, 0.4, 0.8, 16, 3e-5, 14);
    answer_laguerre(context, &list, (grid_size){0, 2, 1, 65, 8}, 1e-4);
    answer_laguerre(context, &list, (grid_size){0, 3, 1, 57, 8}, 1e-4);
    answer_laguerre_run(context, &list, (grid_size){0, 2, 1, 65, 7}, 4, 24, 3e-4);
    answer_laguerre_run(context, &list, (grid_size){0, 3, 1, 33, 6.5}, 2, 12, 2e-3);
    answer_temperature(context, &list, (grid_size){0, 2, 1, 49, 7}, 40, 1e-4);
    answer_temperature(context, &list, (grid_size){0, 3, 1, 33, 7}, 12, 2e-3);
    answer_coulomb(context, &list, 1.3, 1, 3, COULOMB_NODES, 6.5, 3e-4, 3.5);
    answer_coulomb(context, &list, 1, 1.3, 3, COULOMB_NODES, 6.5, 3e-4, 3.5);
    answer_stress(context, &list, (grid_size){0, 2, 1, 33, 6}, 97, 1, 1e-3);
    answer_stress(context, &list, (grid_size){1, 2, 4, 33, 6}, 65, 3, 1e-3);
    answer_stress(context, &list, (grid_size){0, 3, 1, 33, 6}, 49, 2, 1e-3);
    answer_fuzzy_moments(context, &list, (grid_size){1, 2, 16, 33, 7}, 20, 1e-6);
    answer_fuzzy_moments(context, &list, (grid_size){1, 3, 16, 25, 7}, 0, 1e-6);
    answer_limits(context, &list, (grid_size){1, 2, 8, 33, 7}, 1e-4);
    answer_limits(context, &list, (grid_size){1, 3, 4, 25, 6}, 2e-4);
    for (size_t k = 0; k < sizeof SHAPES / sizeof *SHAPES; k++)
        for (int gamma = -3; gamma <= 0; gamma += 3) answer_equilibrium(context, &list, SHAPES[k], gamma);

    bool kept = true;
    printf("| case | problem | quantity | exact | computed | error | at most |\n");
    printf("|---:|---|---|---:|---:|---:|---:|\n");
    for (int i = 0; i < list.count; i++) kept = print(&list.row[i]) && kept;
    if (list.curves) fclose(list.curves);
    gz_context_destroy(context);
    return kept ? EXIT_SUCCESS : EXIT_FAILURE;
}
