/* The program `grazing`. */
#include "program.h"
#include "waiting.h"

int main(int argc, char **argv) {
    gz_wait_briefly(argv);
    gz_ranks *ranks = gz_ranks_start();
    const int status = gz_program(gz_commands, ranks, argc, (const char *const *)argv);
    gz_ranks_stop(ranks);
    return status;
}
