/* Machine memory: files of Linux, read line by line. What cannot be read limits nothing. */
#include "machine_memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PATH_SIZE = 1024, LINE_SIZE = 1024 };

/* The number after `key` at the beginning of a line of a file, or the first number of the file if key is "". NaN if
 * there is none; "max" is none. */
static double number_in(const char *path, const char *key) {
    char line[LINE_SIZE];
    double found = NAN;
    FILE *in = fopen(path, "r");
    if (!in) return found;
    while (isnan(found) && fgets(line, sizeof line, in)) {
        const size_t length = strlen(key);
        if (strncmp(line, key, length) != 0) continue;
        const char *digits = line + length + strspn(line + length, " :\t");
        if (digits[0] >= '0' && digits[0] <= '9') found = (double)strtoull(digits, NULL, 10);
        if (!key[0]) break;
    }
    fclose(in);
    return found;
}

static void take_less(gz_machine_memory *least, double bytes, const char *owner) {
    if (!(bytes < least->bytes)) return; /* NaN is not less */
    *least = (gz_machine_memory){fmax(bytes, 0), owner};
}

/* What a control group leaves, below `base` for version 1 or 2 of the interface. Groups above have limits, too. */
static void look_at_groups(gz_machine_memory *least, const char *base, const char *group, bool newer) {
    char path[PATH_SIZE], file[PATH_SIZE + 40];
    snprintf(path, sizeof path, "%s%s", base, group);
    for (;;) {
        snprintf(file, sizeof file, "%s/%s", path, newer ? "memory.max" : "memory.limit_in_bytes");
        const double limit = number_in(file, "");
        snprintf(file, sizeof file, "%s/memory.stat", path);
        const double held = number_in(file, newer ? "anon " : "total_rss ");
        take_less(least, limit - (isnan(held) ? 0 : held), "the control group of this process has");
        char *slash = strrchr(path, '/');
        if (!slash || strlen(path) <= strlen(base)) return;
        *slash = 0;
    }
}

/* The lines of /proc/self/cgroup are NUMBER:CONTROLLERS:GROUP, with no controllers in version 2. */
static void find_groups(gz_machine_memory *least, const char *root) {
    char line[LINE_SIZE], path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *in = fopen(path, "r");
    while (in && fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *group++ = 0;
        const bool newer = controllers[1] == 0;
        if (!newer && strcmp(controllers + 1, "memory") != 0) continue;
        snprintf(path, sizeof path, "%s/sys/fs/cgroup%s", root, newer ? "" : "/memory");
        look_at_groups(least, path, strcmp(group, "/") == 0 ? "" : group, newer);
    }
    if (in) fclose(in);
}

gz_machine_memory gz_machine_memory_of(const char *root) {
    gz_machine_memory least = {.bytes = INFINITY, .owner = "this machine has"};
    char path[PATH_SIZE];
    struct rlimit limit;
    const double page = (double)sysconf(_SC_PAGESIZE);
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    take_less(&least, 1024 * number_in(path, "MemAvailable"), "this machine has");
    find_groups(&least, root);
    snprintf(path, sizeof path, "%s/proc/self/statm", root);
    const double pages = number_in(path, "");
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        take_less(&least, (double)limit.rlim_cur - page * (isnan(pages) ? 0 : pages),
                  "the limit of address space (ulimit -v) has");
    return least;
}
