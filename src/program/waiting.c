/* Waiting: the program executes itself with the variable set; the second time it finds the variable. */
#include "waiting.h"

#include <stdlib.h>
#include <unistd.h>

void gz_wait_briefly(char **argv) {
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return;
    if (setenv("GOMP_SPINCOUNT", "4000", 1) == 0) execv("/proc/self/exe", argv);
}
