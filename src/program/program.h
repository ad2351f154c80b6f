/* Program: a table of commands behind one name. A new command is one file that defines a gz_command and one
 * line in main.c.
 */
#ifndef GZ_PROGRAM_H
#define GZ_PROGRAM_H

#include "options.h"

typedef struct gz_command {
    const char *name;
    const char *summary;      /* one line for the list of commands */
    const char *arguments;    /* for the usage line: "DECK" */
    size_t least, most;       /* how many arguments */
    const gz_option *options; /* its own, beside the common ones; NULL: none */
    const char *help;         /* paragraphs that teach it, shown above the options */
    gz_status (*run)(gz_context *context, const gz_options *options);
    bool shared; /* several ranks may run it together; default: one rank only */
} gz_command;

extern const gz_command gz_command_run;
extern const gz_command gz_command_compare;
extern const gz_command gz_command_converge;
extern const gz_command gz_command_info;
extern const gz_command gz_command_certify;
extern const gz_command gz_command_plot;
extern const gz_command gz_command_distance;

/* Find the command of argv[1], read its options, run it; returns the exit status. commands ends with NULL. Of
 * several ranks only the first one speaks. */
int gz_program(const gz_command *const *commands, const gz_ranks *ranks, int argc, const char *const *argv);

#endif
