/* Damping: how far log f moves at a node for a linear step. */
#ifndef GZ_DAMPING_H
#define GZ_DAMPING_H

/* The x with hf (e^x - 1) + k x = (hf + k) dl, the node's own equation with the local diagonal k of dt K, but
 * between -15 and 30. Where f is far too high and k small the linear step would be -1 time and again. */
double gz_damped_change(double dl, double hf, double k);

#endif
