/* Plans check: whether a text may be given to FFTW as its wisdom.
 *
 * FFTW calls abort for some texts that it has not written itself, and nothing can stop it. So a text reaches it only
 * if it is letter by letter what FFTW could have written, with values that FFTW can hold.
 */
#ifndef GZ_PLANS_CHECK_H
#define GZ_PLANS_CHECK_H

#include <stdbool.h>

/* True if the text has the first line of `own`, wisdom that this process has exported, and only sound lines below. */
bool gz_plans_check(const char *text, const char *own);

#endif
