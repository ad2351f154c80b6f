/* Work: the one list of all counters, which sums and differences share. */
#include "work.h"

/* sum += sign part. */
static void accumulate(gz_work *sum, int sign, const gz_work *part) {
    sum->newton += sign * part->newton;
    sum->cg += sign * part->cg;
    sum->applications += sign * part->applications;
    sum->setups += sign * part->setups;
    sum->seconds += sign * part->seconds;
    for (int phase = 0; phase < GZ_PHASE_COUNT; phase++)
        sum->seconds_in[phase] += sign * part->seconds_in[phase];
    sum->processor_seconds += sign * part->processor_seconds;
}

void gz_work_add(gz_work *sum, const gz_work *part) {
    accumulate(sum, 1, part);
}

gz_work gz_work_between(const gz_work *begin, const gz_work *end) {
    gz_work work = *end;
    accumulate(&work, -1, begin);
    return work;
}
