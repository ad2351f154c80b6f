/* Memory's end: what there is is known before it is asked for, and a process that is short of address space ends with
 * a sentence instead of waiting for it.
 */
#include "machine_memory.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"
#include "small_solve.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* What waits for memory waits for ever. */
TestSuite(memory, .init = scratch_open, .fini = scratch_close, .timeout = 60);

Test(memory, small_systems_are_solved) {
    for (size_t seed = 1; seed < 200; seed++) {
        const int n = 1 + (int)(seed % 5);
        double A[25], factor[25], root[25], x[5], b[5] = {0};
        for (int i = 0; i < n * n; i++) root[i] = sample_uniform(seed, (size_t)i) - 0.5;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                A[i * n + j] = i == j;
                for (int k = 0; k < n; k++) A[i * n + j] += root[i * n + k] * root[j * n + k];
            }
        for (int i = 0; i < n; i++) x[i] = sample_uniform(seed, 50 + (size_t)i);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) b[i] += A[i * n + j] * x[j];
        memcpy(factor, A, sizeof A);
        cr_assert(gz_small_solve(n, factor, b));
        for (int i = 0; i < n; i++) cr_assert_float_eq(b[i], x[i], 1e-13);
        A[(n - 1) * (n + 1)] = -1;
        cr_assert_not(gz_small_solve(n, A, b));
    }
    double broken[] = {NAN}, b[] = {1};
    cr_assert_not(gz_small_solve(1, broken, b));
}

static void put(const char *name, const char *text) {
    char path[200], *slash;
    snprintf(path, sizeof path, "%s", name);
    for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(scratch_path(path), 0700);
        *slash = '/';
    }
    scratch_write(name, text, strlen(text));
}

static double present(const char *owner) {
    const gz_machine_memory memory = gz_machine_memory_of(scratch_path(""));
    cr_assert_not_null(strstr(memory.owner, owner), "%s", memory.owner);
    return memory.bytes;
}

/* A folder in the place of / holds what the system would say. */
Test(memory, is_the_least_of_machine_and_control_groups) {
    cr_assert_eq(present("machine"), INFINITY);
    put("proc/meminfo", "MemTotal: 9000 kB\nMemFree: 10 kB\nMemAvailable:    5000 kB\n");
    cr_assert_eq(present("machine"), 5000 * 1024.);
    put("proc/self/cgroup", "0::/a/b\n");
    put("sys/fs/cgroup/a/b/memory.max", "max\n");
    put("sys/fs/cgroup/a/memory.max", "3000000\n");
    cr_assert_eq(present("control group"), 3e6);
    put("sys/fs/cgroup/a/memory.stat", "anon 1000000\nfile 900000\n");
    cr_assert_eq(present("control group"), 2e6);
    put("sys/fs/cgroup/a/b/memory.max", "1500000\n");
    put("sys/fs/cgroup/a/b/memory.stat", "file 0\nanon 2000000\n");
    cr_assert_eq(present("control group"), 0);
    put("proc/self/cgroup", "3:cpu:/x\n2:memory:/c\n1:name=systemd:/\n");
    put("sys/fs/cgroup/memory/c/memory.limit_in_bytes", "700000\n");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    cr_assert_eq(present("control group"), 7e5);
}

static void limit_address_space(double megabytes) {
    const rlim_t bytes = (rlim_t)(megabytes * 1e6);
    cr_assert_eq(setrlimit(RLIMIT_AS, &(struct rlimit){bytes, RLIM_INFINITY}), 0);
}

static int run_within(double megabytes, const char *const words[]) {
    limit_address_space(megabytes);
    const pid_t child = process_start(words);
    cr_assert_eq(setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}), 0);
    return process_wait(child);
}

/* OpenBLAS, which found no room for its buffers, waited for ever. The program has other libraries than the test, so a
 * few sizes are tried: some are too small for anything. */
Test(memory, too_little_for_blas_is_no_reason_to_wait) {
    write_decks();
    int finished = 0, refused = 0;
    for (double megabytes = 130; megabytes <= 210; megabytes += 20) {
        const int plain =
            run_within(megabytes, (const char *const[]){"run", "bkw.yaml", "--quiet", "--threads", "1",
                                                        "--out", "plain", "--overwrite", NULL});
        cr_assert(plain == 0 || plain == 6 || plain == 127, "%g: %d %s", megabytes, plain, process_errors());
        finished += plain == 0;
        const int dense = run_within(
            megabytes, (const char *const[]){"run", "bkw.yaml", "--quiet", "--threads", "1", "--out", "dense",
                                             "--overwrite", "--set", "solver.minimizer=dense", "--set",
                                             "grid.v.nodes=9", "--set", "grid.v.order=2", NULL});
        cr_assert(dense == 0 || dense == 6 || dense == 127, "%g: %d %s", megabytes, dense, process_errors());
        refused += dense == 6 && strstr(process_errors(), "buffers of BLAS");
    }
    cr_assert_gt(finished, 0);
    cr_assert_gt(refused, 0);
}

static const char *const LARGE[] = {"--set", "grid.v.nodes=2001", "--threads", "1"};

/* A grid is refused before the system gives, or promises, memory for it. */
Test(memory, a_run_that_does_not_fit_is_refused_at_once) {
    write_decks();
    for (int k = 0; k < 2; k++) {
        expect(run_within(2000, (const char *const[]){k ? "info" : "run", "bkw.yaml", LARGE[0], LARGE[1],
                                                      LARGE[2], LARGE[3], NULL}),
               6);
        one_error("a run on 4e+06 phase-space nodes needs 3.",
                  "GB left; reduce grid.v.nodes or grid.x.cells");
    }
    /* The estimate of a large grid measures small ones. */
    expect(run_within(1000, (const char *const[]){"info", "bkw.yaml", "--ranks", "1", LARGE[0], LARGE[1],
                                                  LARGE[2], LARGE[3], NULL}),
           0);
    says(process_output(), "2001^2 nodes");
}
