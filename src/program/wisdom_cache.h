/* Wisdom cache: keeps what FFTW has measured (its wisdom, plans.h), so that the next run measures nothing and
 * takes the same plans.
 *
 * The file is $XDG_CACHE_HOME/grazing/plans, or ~/.cache/grazing/plans if that variable is not set. Since it
 * is only a cache, a file that is missing, damaged (which its checksum shows) or of another FFTW costs time and
 * nothing else, and so does a folder that cannot be written. With GRAZING_PLANS=guess in the environment no
 * file is read or written, and plans are guessed, always the same ones; K is then about a third slower.
 */
#ifndef GZ_WISDOM_CACHE_H
#define GZ_WISDOM_CACHE_H

#include "context.h"

/* Learn what earlier runs measured, before anything is planned. All ranks learn what the first one finds. Collective. */
void gz_wisdom_cache_learn(gz_context *context);

/* Add what this process has measured since then, if it has measured anything. The file changes at once, so
 * that several processes may do this. */
void gz_wisdom_cache_keep(gz_context *context);

#endif
