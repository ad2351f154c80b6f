/* The program `grazing`: the table of its commands. */
#include "program.h"
#include "waiting.h"

int main(int argc, char **argv) {
    static const gz_command *const COMMANDS[] = {
        &gz_command_run,     &gz_command_info,     &gz_command_compare, &gz_command_converge,
        &gz_command_certify, &gz_command_distance, &gz_command_plot,    NULL,
    };
    gz_wait_briefly(argv);
    gz_ranks *ranks = gz_ranks_start();
    const int status = gz_program(COMMANDS, ranks, argc, (const char *const *)argv);
    gz_ranks_stop(ranks);
    return status;
}
