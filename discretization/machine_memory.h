/* Machine memory: how many bytes this process can still have, by the least of
 *
 *   MemAvailable of /proc/meminfo            what the machine can give without swapping,
 *   the limit of the process's control group  (memory.max, or limit_in_bytes of older systems) without what it holds,
 *   RLIMIT_AS (`ulimit -v`)                  without the address space that the process has.
 */
#ifndef GZ_MACHINE_MEMORY_H
#define GZ_MACHINE_MEMORY_H

typedef struct gz_machine_memory {
    double bytes;      /* infinite if the system tells nothing */
    const char *owner; /* whose limit it is: "this machine has", .. */
} gz_machine_memory;

/* root: "" for the system's own files, or a folder in front of their paths, for tests. */
gz_machine_memory gz_machine_memory_of(const char *root);

#endif
