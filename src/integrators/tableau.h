/* Tableaux of the explicit Runge-Kutta members, one line each (tableau.c). */
#ifndef GZ_TABLEAU_H
#define GZ_TABLEAU_H

enum { GZ_MOST_STAGES = 4 };

typedef struct gz_tableau {
    const char *name;
    int stages, order;
    double c[GZ_MOST_STAGES], b[GZ_MOST_STAGES]; /* b > 0 */
    double A[GZ_MOST_STAGES *
             GZ_MOST_STAGES]; /* [stage][stage], rows of `stages` entries; zero from the diagonal on */
} gz_tableau;

/* NULL for an unknown name. */
const gz_tableau *gz_tableau_find(const char *name);

/* Name of a tableau; NULL past the last one. */
const char *gz_tableau_name(int index);

#endif
