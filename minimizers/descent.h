/* Descent: NLopt's gradient methods made to reach round-off, in passes.
 *
 * NLopt's stopping tests compare values, so one run can reduce the gradient by no more than about the square
 * root of round-off. Therefore a pass minimises a difference
 *
 *   D(y) = F(x + y) - F(x),   D(0) = 0,   from y = 0,
 *
 * in variables z = scale y/g and values D/g^2. Here scale^2 is about the diagonal of the Hessian of F, and g
 * is the norm of the gradient in the variables scale y. So the gradient begins with norm 1 and the Hessian is
 * about 1, whatever the units. A pass ends when the gradient has fallen as far as asked, or when NLopt can do
 * no more. The best point seen counts, not NLopt's status. The caller moves x there and begins the next pass,
 * with differences computed without cancellation. NLopt allocates its work arrays in every pass. Methods:
 * LD_LBFGS (Liu & Nocedal 1989), LD_TNEWTON_PRECOND_RESTART (Dembo & Steihaug 1982), in the code of L.
 * Luksan.
 */
#ifndef GZ_DESCENT_H
#define GZ_DESCENT_H

#include "context.h"

#include <nlopt.h>
#include <stdbool.h>

/* D(y), and its gradient by y, [size]. Returns infinity where x + y is not admissible. */
typedef double (*gz_descent_function)(void *self, const double *y, double *gradient);

typedef struct gz_descent {
    gz_context *context;
    size_t size;
    nlopt_opt algorithm;
    double *scale;   /* > 0; the caller sets it before a pass */
    double furthest; /* no entry of y leaves +-furthest in a pass; INFINITY unless the caller sets it */
    double *z, *best, *y, *slope; /* [size] each */
    gz_descent_function function; /* function of the present pass */
    void *self;
    double norm, best_value, best_norm, enough;
    long evaluations, most;
} gz_descent;

/* vectors: the pairs of vectors from which the method knows the Hessian. */
gz_status gz_descent_init(gz_context *context, size_t size, nlopt_algorithm algorithm, int vectors,
                          gz_descent *descent);
void gz_descent_free(gz_descent *descent);

/* Norm of a gradient by y, measured in the variables scale y. */
double gz_descent_norm(const gz_descent *descent, const double *gradient);

/* One pass from a point where gz_descent_norm of the gradient is `norm` > 0. It ends at a norm of fall *
 * norm, or after `most` evaluations, or where gz_go_on says so. Returns the number of evaluations. y: [size], the step to the best point
 * seen. *fallen: the norm at that point over `norm`, or NaN if no value was finite. */
long gz_descent_pass(gz_descent *descent, gz_descent_function function, void *self, double norm, double fall,
                     long most, double *y, double *fallen);

#endif
