/* The table of the commands. */
#include "program.h"

const gz_command *const gz_commands[] = {
    &gz_command_run,     &gz_command_info,     &gz_command_compare, &gz_command_converge,
    &gz_command_certify, &gz_command_distance, &gz_command_plot,    NULL,
};
