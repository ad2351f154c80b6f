/* Plans: the choice of FFTW's plans, made so that another process can repeat it.
 *
 * FFTW measures several ways to do a transform and keeps the fastest. Two processes may choose differently,
 * and their results then differ in the last bits. So a run that is to continue bit for bit must continue with
 * the same choices. FFTW can write them as a text, its "wisdom". It keeps them in the process, not in a
 * context, so the calls below act on all contexts. The planner serves one thread at a time: contexts of
 * several threads take turns.
 */
#ifndef GZ_PLANS_H
#define GZ_PLANS_H

#include "context.h"

#include <stdbool.h>

/* FFTW_MEASURE, or FFTW_ESTIMATE if plans are to be guessed (gz_context_guess_plans). */
unsigned gz_plans_effort(const gz_context *context);

/* Lock the planner before every creation or destruction of a plan, and unlock it afterwards. */
void gz_plans_lock(void);
void gz_plans_unlock(void);

/* All choices made so far, as a text. Release it with gz_release. */
gz_status gz_plans_text(gz_context *context, char **text);

/* Add the choices of a text. If the text is damaged (plans_check.h) or comes from another build of FFTW, the
 * result is false and nothing changes. */
bool gz_plans_learn(const char *text);

/* Forget all choices. Plans that exist stay as they are. */
void gz_plans_forget(void);

#endif
