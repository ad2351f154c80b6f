/* The program `grazing`. */
#include "descriptors.h"
#include "program.h"
#include "waiting.h"

int main(int argc, char **argv) {
    gz_descriptors_fill();
    gz_wait_briefly(argv);
    gz_ranks *ranks = gz_ranks_start();
    const int status = gz_program(gz_commands, ranks, argc, (const char *const *)argv);
    gz_ranks_stop(ranks);
    return status;
}
