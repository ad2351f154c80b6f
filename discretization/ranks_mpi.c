/* Ranks by MPI. Reductions go to rank 0 and from there to all ranks, since MPI_Allreduce need not give the
 * same bits everywhere. Errors of MPI itself end all ranks, as MPI does by default.
 */
#include "ranks_mpi.h"

#include "compensated_sum.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct gz_ranks {
    MPI_Comm all, meeting; /* for all work; for gz_ranks_meet, which must not mix with work */
    MPI_Datatype pair;     /* a gz_sum */
    MPI_Op add;            /* adds gz_sums */
    int count, own, on_this_machine;
    int *place;   /* [4][count]: counts and displacements of an exchange */
    bool started; /* true if gz_ranks_start has started MPI */
};

static void add_sums(void *in, void *inout, int *count, MPI_Datatype *type) {
    const gz_sum *from = in;
    gz_sum *to = inout;
    (void)type;
    for (int k = 0; k < *count; k++) {
        gz_sum_add(&to[k], from[k].value);
        to[k].rest += from[k].rest;
    }
}

gz_ranks *gz_ranks_start(void) {
    int running = 0, thread_level;
    gz_ranks *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    MPI_Initialized(&running);
    s->started = !running;
    if (s->started) MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &thread_level);
    MPI_Comm_dup(MPI_COMM_WORLD, &s->all);
    MPI_Comm_dup(MPI_COMM_WORLD, &s->meeting);
    MPI_Comm_size(s->all, &s->count);
    MPI_Comm_rank(s->all, &s->own);
    MPI_Comm machine;
    MPI_Comm_split_type(s->all, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &s->on_this_machine);
    MPI_Comm_free(&machine);
    MPI_Type_contiguous(2, MPI_DOUBLE, &s->pair);
    MPI_Type_commit(&s->pair);
    MPI_Op_create(add_sums, 1, &s->add);
    s->place = calloc(4 * (size_t)s->count, sizeof *s->place);
    if (!s->place) MPI_Abort(s->all, 1);
    return s;
}

void gz_ranks_stop(gz_ranks *s) {
    if (!s) return;
    MPI_Op_free(&s->add);
    MPI_Type_free(&s->pair);
    MPI_Comm_free(&s->meeting);
    MPI_Comm_free(&s->all);
    if (s->started) MPI_Finalize();
    free(s->place);
    free(s);
}

int gz_ranks_count(const gz_ranks *s) {
    return s ? s->count : 1;
}

int gz_ranks_own(const gz_ranks *s) {
    return s ? s->own : 0;
}

int gz_ranks_on_this_machine(const gz_ranks *s) {
    return s ? s->on_this_machine : 1;
}

MPI_Comm gz_ranks_communicator(const gz_ranks *s) {
    return s ? s->all : MPI_COMM_SELF;
}

static void reduce(const gz_ranks *s, size_t count, void *values, MPI_Datatype type, MPI_Op operation) {
    if (!s || s->count == 1) return;
    MPI_Reduce(s->own == 0 ? MPI_IN_PLACE : values, values, (int)count, type, operation, 0, s->all);
    MPI_Bcast(values, (int)count, type, 0, s->all);
}

void gz_ranks_sum(const gz_ranks *s, size_t count, double *values) {
    reduce(s, count, values, MPI_DOUBLE, MPI_SUM);
}

void gz_ranks_least(const gz_ranks *s, size_t count, double *values) {
    reduce(s, count, values, MPI_DOUBLE, MPI_MIN);
}

void gz_ranks_most(const gz_ranks *s, size_t count, double *values) {
    reduce(s, count, values, MPI_DOUBLE, MPI_MAX);
}

void gz_ranks_add_sums(const gz_ranks *s, size_t count, gz_sum *sums) {
    if (s) reduce(s, count, sums, s->pair, s->add);
}

void gz_ranks_broadcast(const gz_ranks *s, int root, size_t size, void *bytes) {
    if (!s || s->count == 1) return;
    for (char *next = bytes; size > 0;) { /* MPI counts in ints */
        const int part = size < INT_MAX ? (int)size : INT_MAX;
        MPI_Bcast(next, part, MPI_BYTE, root, s->all);
        next += part;
        size -= (size_t)part;
    }
}

/* A number of doubles as the int that MPI needs. */
static int whole(const gz_ranks *s, size_t n) {
    if (n <= INT_MAX) return (int)n;
    fprintf(stderr, "grazing: a field of %zu numbers on one rank is more than MPI can send; use more ranks\n",
            n);
    MPI_Abort(s->all, 1);
    return 0;
}

void gz_ranks_exchange(const gz_ranks *s, const double *send, const size_t *send_first, double *receive,
                       const size_t *receive_first) {
    int *counts = s->place, *places = counts + s->count, *counts_in = places + s->count,
        *places_in = counts_in + s->count;
    for (int r = 0; r < s->count; r++) {
        counts[r] = whole(s, send_first[r + 1] - send_first[r]);
        places[r] = whole(s, send_first[r]);
        counts_in[r] = whole(s, receive_first[r + 1] - receive_first[r]);
        places_in[r] = whole(s, receive_first[r]);
    }
    MPI_Alltoallv(send, counts, places, MPI_DOUBLE, receive, counts_in, places_in, MPI_DOUBLE, s->all);
}

bool gz_ranks_meet(const gz_ranks *s, double seconds) {
    if (!s || s->count == 1) return true;
    MPI_Request request;
    int here = 0;
    const double begin = MPI_Wtime();
    MPI_Ibarrier(s->meeting, &request);
    while (MPI_Test(&request, &here, MPI_STATUS_IGNORE), !here && MPI_Wtime() - begin < seconds)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return here;
}

void gz_ranks_abort(const gz_ranks *s, int status) {
    if (s) MPI_Abort(s->all, status);
    exit(status);
}
