/* Program: a table of commands behind one name. A new command is one file that defines a gz_command, and one
 * line in commands.c.
 */
#ifndef GZ_PROGRAM_H
#define GZ_PROGRAM_H

#include "options.h"

typedef struct gz_command {
    const char *name;
    const char *summary;      /* one line for the list of commands */
    const char *arguments;    /* the arguments in the usage line: "DECK" */
    size_t least, most;       /* how many arguments the command takes */
    const gz_option *options; /* the command's own options; NULL: only the common ones */
    const char *help;         /* paragraphs that teach the command, shown above the options */
    gz_status (*run)(gz_context *context, const gz_options *options);
    bool shared; /* true: several ranks may run it together; false: one rank only */
} gz_command;

extern const gz_command gz_command_run;
extern const gz_command gz_command_compare;
extern const gz_command gz_command_converge;
extern const gz_command gz_command_info;
extern const gz_command gz_command_certify;
extern const gz_command gz_command_plot;
extern const gz_command gz_command_distance;

extern const gz_command *const gz_commands[]; /* all of them in the order of the help, and NULL */

/* Find the command of argv[1], read its options and run it. Returns the exit status. `commands` ends with
 * NULL. Of several ranks only the first one prints. */
int gz_program(const gz_command *const *commands, const gz_ranks *ranks, int argc, const char *const *argv);

#endif
