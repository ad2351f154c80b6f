/* Lobatto fields: the arithmetic of a Lobatto step on whole fields, block by block (fields.h). The symbols are those of
 * lobatto.h; all arrays are [cell][node]. What is written may be one of the operands. Not installed.
 */
#ifndef GZ_LOBATTO_FIELDS_H
#define GZ_LOBATTO_FIELDS_H

#include "lobatto.h"

/* f = hf/h. */
void gz_lobatto_density(const gz_lobatto *s, const double *hf, double *f);

/* log_f = from, moved by the damped change for the linear step to `to`, with the matrix hf + tau K. */
void gz_lobatto_move(const gz_lobatto *s, const gz_lobatto_row *row, double tau, const double *from,
                     const double *to, double *log_f);

/* The first sweep, r being -dt/2 F_0 or -dt F_0 plus what the row before left, and d the solution:
 * to = log f0 + d, and r = -dt F_0 + 2 (h f0 d - r). */
void gz_lobatto_first(const gz_lobatto *s, const double *d, double *r, double *to);

/* now = log f_1 of the first sweep - S log f0, and weighted = h S f0 former. */
void gz_lobatto_compare(const gz_lobatto *s, const double *former, double *now, double *weighted);

/* log f_i += part x/(1 + x^2). */
void gz_lobatto_add_missed(const gz_lobatto *s, gz_lobatto_row *row, double part, const double *x);

/* The density of m_i follows log f_i by a limited move: log m_i += x/(1 + 16 x^4), x = log f_i - log m_i. */
void gz_lobatto_follow(const gz_lobatto *s, gz_lobatto_row *row);

/* base = S log f0 + x/(1 + x^4)^(1/4), x = log f_i - S log f0: log f_i, followed by at most 1. */
void gz_lobatto_base(const gz_lobatto *s, const gz_lobatto_row *row, double *base);

/* mean_rate = 1/6 S F_0 + 2/3 S F_h + 1/6 F_1. */
void gz_lobatto_mean(gz_lobatto *s, const double *S_F_h);

/* F_1 = rate, and mean_rate with it. */
void gz_lobatto_exchange(gz_lobatto *s, const double *rate);

/* The residual of the middle row, and of the last one with factor = dt (1 + theta). */
void gz_lobatto_residual_middle(gz_lobatto *s, const double *S_F_1);
void gz_lobatto_residual_end(gz_lobatto *s, double factor);

/* next = log f_i + d, and left = R_i + h f_i d. */
void gz_lobatto_correct(const gz_lobatto *s, gz_lobatto_row *row, const double *d, double *left);

/* difference = a - b. */
void gz_lobatto_subtract(const gz_lobatto *s, const double *a, const double *b, double *difference);

#endif
