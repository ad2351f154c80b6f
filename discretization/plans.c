/* Plans: FFTW's wisdom, behind one lock. */
#include "plans.h"

#include "plans_check.h"

#include <fftw3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* FFTW keeps its planner in the process, so its lock is in the process too. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

void gz_plans_lock(void) {
    pthread_mutex_lock(&planner);
}

void gz_plans_unlock(void) {
    pthread_mutex_unlock(&planner);
}

unsigned gz_plans_effort(const gz_context *context) {
    return gz_context_guesses_plans(context) ? FFTW_ESTIMATE : FFTW_MEASURE;
}

gz_status gz_plans_text(gz_context *context, char **text) {
    *text = NULL;
    gz_plans_lock();
    char *exported = fftw_export_wisdom_to_string();
    gz_plans_unlock();
    if (!exported) return gz_fail(context, GZ_ERROR_MEMORY, "out of memory");
    const size_t size = strlen(exported) + 1;
    const gz_status status = gz_allocate(context, size, 1, text);
    if (status == GZ_OK) memcpy(*text, exported, size);
    free(exported);
    return status;
}

bool gz_plans_learn(const char *text) {
    gz_plans_lock();
    char *own = fftw_export_wisdom_to_string();
    const bool learned = own && gz_plans_check(text, own) && fftw_import_wisdom_from_string(text);
    gz_plans_unlock();
    free(own);
    return learned;
}

void gz_plans_forget(void) {
    gz_plans_lock();
    fftw_forget_wisdom();
    gz_plans_unlock();
}
