/* Wisdom cache: what FFTW has measured, kept for the user in $XDG_CACHE_HOME/grazing/plans, or where that is
 * not set in ~/.cache/grazing/plans, so that the next run measures nothing and takes the same plans
 * (plans.h).
 *
 * A cache: a file that is missing, damaged or of another FFTW, and a folder that cannot be written, cost time
 * and nothing else. GRAZING_PLANS=guess in the environment does without: no file is read or written and plans
 * are guessed, the same ones always, which makes K about a third slower.
 */
#ifndef GZ_WISDOM_CACHE_H
#define GZ_WISDOM_CACHE_H

#include "context.h"

/* Learn what earlier runs measured, before anything is planned. */
void gz_wisdom_cache_learn(gz_context *context);

/* Add what this process has measured since, if it has. The file changes at once; several processes may do
 * so. */
void gz_wisdom_cache_keep(gz_context *context);

#endif
