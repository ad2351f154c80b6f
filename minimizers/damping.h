/* Damping: how far log f moves at a node if the linear step is dl. */
#ifndef GZ_DAMPING_H
#define GZ_DAMPING_H

#include <math.h>
#include <stdbool.h>

/* The x with hf (e^x - 1) + k x = (hf + k) dl, limited to -15 <= x <= 30. This is the node's own equation,
 * with the local diagonal k of dt K. Where f is far too high and k is small, the linear step would be -1 in
 * every iteration. */
double gz_damped_change(double dl, double hf, double k);

/* True for a step so short that nothing is damped: x = dl. */
static inline bool gz_is_undamped(double dl) {
    return fabs(dl) <= 0.05;
}

#endif
