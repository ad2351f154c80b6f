/* Plans: which of its plans FFTW takes, so that another process can take the same.
 *
 * FFTW measures several ways of doing a transform and keeps the fastest. Two processes may choose differently
 * and then differ in the last bits, so a run that goes on bit for bit must go on with the same choices. FFTW
 * tells them as a text, its "wisdom", and keeps them in the process, not in a context: what is said here
 * holds for all contexts. Its planner serves one thread at a time: contexts of several threads take turns.
 */
#ifndef GZ_PLANS_H
#define GZ_PLANS_H

#include "context.h"

#include <stdbool.h>

/* FFTW_MEASURE, or FFTW_ESTIMATE where plans are to be guessed (gz_context_guess_plans). */
unsigned gz_plans_effort(const gz_context *context);

/* Around every creation and destruction of a plan. */
void gz_plans_lock(void);
void gz_plans_unlock(void);

/* All choices made so far; release with gz_release. */
gz_status gz_plans_text(gz_context *context, char **text);

/* Add the choices of a text. False, and nothing changed, if it is damaged or of another build of FFTW. */
bool gz_plans_learn(const char *text);

/* Forget all choices. Plans that exist stay as they are. */
void gz_plans_forget(void);

#endif
