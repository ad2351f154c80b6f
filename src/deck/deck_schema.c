/* Deck schema: all keys of a deck. The help text of a key says what the key means. */
#include "deck_schema.h"

#include "interaction.h"
#include "minimizer.h"
#include "tableau.h"

#include <stddef.h>
#include <string.h>

bool gz_key_has_space(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return deck->problem.grid.space_dim > 0;
}

static bool has_walls(const gz_deck *deck, const gz_component *component) {
    return gz_key_has_space(deck, component) && deck->problem.grid.boundary == GZ_BOX &&
           !deck->problem.collisions_only;
}

static bool is_landau(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return deck->problem.collisions.kind == GZ_LANDAU;
}

static bool has_bath(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return deck->problem.collisions.kind == GZ_FOKKER_PLANCK;
}

static bool is_dougherty(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return deck->problem.collisions.kind == GZ_DOUGHERTY;
}

static bool has_collisions(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return deck->problem.collisions.kind != GZ_NO_COLLISIONS;
}

static bool kernel_is_table(const gz_deck *deck, const gz_component *component) {
    return is_landau(deck, component) && deck->problem.kernel.shape == GZ_KERNEL_TABLE;
}

static bool kernel_has_gamma(const gz_deck *deck, const gz_component *component) {
    return is_landau(deck, component) && !kernel_is_table(deck, component);
}

static bool kappa_is_table(const gz_deck *deck, const gz_component *component) {
    return is_landau(deck, component) && deck->problem.kappa.shape == GZ_KAPPA_TABLE;
}

static bool kappa_is_exponential(const gz_deck *deck, const gz_component *component) {
    return is_landau(deck, component) && deck->problem.kappa.shape == GZ_KAPPA_EXPONENTIAL;
}

static bool kappa_is_sigma(const gz_deck *deck, const gz_component *component) {
    return is_landau(deck, component) && deck->problem.kappa.shape == GZ_KAPPA_SIGMA;
}

static bool has_transport(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return !deck->problem.collisions_only;
}

static bool force_is(const gz_deck *deck, gz_force_shape shape) {
    return has_transport(deck, NULL) && deck->problem.force.shape == shape;
}

static bool force_has_strength(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return force_is(deck, GZ_FORCE_UNIFORM) || force_is(deck, GZ_FORCE_COSINE) ||
           force_is(deck, GZ_FORCE_HARMONIC);
}

static bool force_is_cosine(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return force_is(deck, GZ_FORCE_COSINE);
}

static bool force_is_table(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return force_is(deck, GZ_FORCE_TABLE);
}

static bool has_field(const gz_deck *deck, const gz_component *component) {
    return has_transport(deck, component) && deck->problem.field.shape != GZ_FIELD_NONE;
}

static bool field_is_convolution(const gz_deck *deck, const gz_component *component) {
    return has_field(deck, component) && deck->problem.field.shape == GZ_FIELD_CONVOLUTION;
}

static bool scheme_is_variational(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return gz_integrator_is_variational(deck->integrator.scheme);
}

static bool scheme_is_jko(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return strcmp(deck->integrator.scheme, "jko") == 0;
}

/* A jko step along a path of inner steps has many collisions, not one that could be stored. */
static bool scheme_has_collision(const gz_deck *deck, const gz_component *component) {
    return has_collisions(deck, component) &&
           ((scheme_is_variational(deck, component) && deck->integrator.inner_steps == 0) ||
            deck->integrator.zero_defect);
}

static bool scheme_is_zero_defect(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return strcmp(deck->integrator.scheme, "zero_defect") == 0;
}

static bool dt_is_controlled(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return gz_integrator_is_variational(deck->integrator.scheme) && deck->control_tolerance > 0;
}

static bool scheme_has_tableau(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return gz_tableau_find(deck->integrator.scheme) != NULL;
}

static bool scheme_is_ode(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return !gz_integrator_is_variational(deck->integrator.scheme);
}

static bool scheme_is_dirk(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return strcmp(deck->integrator.scheme, "arkode_dirk") == 0;
}

static bool scheme_has_local_solver(const gz_deck *deck, const gz_component *component) {
    return scheme_is_variational(deck, component) || scheme_is_dirk(deck, component) ||
           strcmp(deck->integrator.scheme, "cvode_bdf") == 0;
}

static bool scheme_chooses_steps(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return gz_integrator_chooses_steps(deck->integrator.scheme);
}

/* Names of the local solvers of the Newton minimizer (local_solver.h). */
static const char *preconditioner_name(size_t index) {
    static const char *const NAMES[] = {"auto", "factor", "sweeps"};
    return index < sizeof NAMES / sizeof *NAMES ? NAMES[index] : NULL;
}

#define IN_DECK(member) offsetof(gz_deck, member)

/* The order matters: whether a key is used may depend on keys before it (dimensions, shapes). */
const gz_key gz_deck_keys[] = {
    {"title", GZ_KEY_TEXT, .offset = IN_DECK(title), .fallback = "", .help = "what the run is about"},

    {"model.velocity_dim", GZ_KEY_INTEGER, .offset = IN_DECK(problem.grid.velocity_dim), .words = "1|2|3",
     .fallback = "2", .help = "velocity axes, d; landau collisions need two"},
    {"model.space_dim", GZ_KEY_INTEGER, .offset = IN_DECK(problem.grid.space_dim), .low = 0, .high = 3,
     .fallback = "0", .help = "x axes, at most velocity_dim; 0: homogeneous"},
    {"model.collisions", GZ_KEY_WORD, .offset = IN_DECK(problem.collisions.kind),
     .words = "landau|fokker_planck|dougherty|none", .fallback = "landau",
     .help = "landau: with kernel and kappa; fokker_planck: with a heat bath, gamma div(theta grad f + v f); "
             "dougherty: nu div(T grad f + (v-u) f), with u and T of the cell; none: free streaming only"},
    {"model.bath.friction", GZ_KEY_NUMBER, .offset = IN_DECK(problem.collisions.friction), .low = 0,
     .high = 1e12, .open = true, .fallback = "1", .used = has_bath, .help = "fokker_planck: gamma"},
    {"model.bath.temperature", GZ_KEY_NUMBER, .offset = IN_DECK(problem.collisions.temperature), .low = 0,
     .high = 1e12, .open = true, .fallback = "1", .used = has_bath, .help = "fokker_planck: theta"},
    {"model.dougherty.rate", GZ_KEY_NUMBER, .offset = IN_DECK(problem.collisions.rate), .low = 0,
     .high = 1e12, .open = true, .fallback = "1", .used = is_dougherty, .help = "dougherty: nu"},
    {"model.kernel.shape", GZ_KEY_WORD, .offset = IN_DECK(problem.kernel.shape),
     .words = "power|bounded|table", .fallback = "power", .used = is_landau,
     .help = "power: A = B|z|^(2+gamma); bounded: A = B(1+|z|^2)^(gamma/2); table: A/B from a file"},
    {"model.kernel.gamma", GZ_KEY_NUMBER, .offset = IN_DECK(problem.kernel.gamma), .low = -100, .high = 3,
     .fallback = "0", .used = kernel_has_gamma,
     .help = "power: -3 (Coulomb) to 1, 0 for Maxwell molecules; bounded: up to 3"},
    {"model.kernel.strength", GZ_KEY_NUMBER, .offset = IN_DECK(problem.kernel.strength), .low = 0,
     .high = 1e12, .open = true, .fallback = "1", .used = is_landau, .help = "B"},
    {"model.kernel.path", GZ_KEY_TEXT, .offset = IN_DECK(kernel_path), .used = kernel_is_table,
     .help = "table: text file of |z| from 0 on and A/B, two columns; relative to the deck's folder"},
    {"model.kappa.shape", GZ_KEY_WORD, .offset = IN_DECK(problem.kappa.shape),
     .words = "uniform|exponential|sigma|dirac|table", .fallback = "uniform", .used = is_landau,
     .help = "spatial kernel: uniform: all of space alike; exponential: exp(-k2 <x>); sigma: "
             "exp(-<x/sqrt(sigma)>); dirac: the classical Landau equation; table: from a file"},
    {"model.kappa.k2", GZ_KEY_NUMBER, .offset = IN_DECK(problem.kappa.k2), .low = 0, .high = 1e12,
     .used = kappa_is_exponential, .help = "decay rate of the exponential kappa"},
    {"model.kappa.sigma", GZ_KEY_NUMBER, .offset = IN_DECK(problem.kappa.sigma), .low = 0, .high = 1e12,
     .open = true, .used = kappa_is_sigma, .help = "squared width of the sigma kappa"},
    {"model.kappa.path", GZ_KEY_TEXT, .offset = IN_DECK(kappa_path), .used = kappa_is_table,
     .help = "table: text file of |x - x*| from 0 on and kappa, two columns; relative to the deck's folder"},
    {"model.transport", GZ_KEY_FLAG, .offset = IN_DECK(problem.collisions_only), .words = "true|false",
     .fallback = "true", .help = "free streaming v.grad_x f, force and field; false: collisions only"},
    {"model.force.shape", GZ_KEY_WORD, .offset = IN_DECK(problem.force.shape),
     .words = "none|uniform|cosine|harmonic|table", .fallback = "none", .used = has_transport,
     .help = "external force a = -grad V: uniform: a = strength; cosine: V = sum strength_a cos(2 pi mode_a "
             "x_a/length_a); harmonic, in a box: V = sum strength_a (x_a - centre)^2/2; table: V of x_1 from "
             "a file"},
    {"model.force.strength", GZ_KEY_NUMBER, GZ_PER_VELOCITY_AXIS, IN_DECK(problem.force.strength),
     .low = -1e12, .high = 1e12, .used = force_has_strength,
     .help = "uniform: along each v axis; cosine, harmonic: of each x axis"},
    {"model.force.mode", GZ_KEY_INTEGER, GZ_PER_SPACE_AXIS, IN_DECK(problem.force.mode), .low = -1e6,
     .high = 1e6, .used = force_is_cosine, .help = "cosine: whole wave number along each x axis"},
    {"model.force.path", GZ_KEY_TEXT, .offset = IN_DECK(force_path), .used = force_is_table,
     .help = "table: text file of x_1 from 0 to the length and V >= 0, two columns; relative to the deck's "
             "folder"},
    {"model.field.shape", GZ_KEY_WORD, .offset = IN_DECK(problem.field.shape),
     .words = "none|poisson|ampere|convolution", .fallback = "none", .used = has_transport,
     .help = "field E of f itself, a = strength E: poisson: div E = rho - <rho>, momentum exact; ampere: d_t "
             "E = -J, "
             "total energy exact; convolution: E = -grad (psi * rho)"},
    {"model.field.strength", GZ_KEY_NUMBER, .offset = IN_DECK(problem.field.strength), .low = -1e12,
     .high = 1e12, .fallback = "1", .used = has_field,
     .help = "poisson, ampere: above 0 like charges repel, below 0 they attract (gravity); convolution: "
             "factor of psi"},
    {"model.field.path", GZ_KEY_TEXT, .offset = IN_DECK(field_path), .fallback = "",
     .used = field_is_convolution,
     .help = "convolution: text file of |x - x*| from 0 on and psi >= 0, two columns; empty: psi = |x - "
             "x*|^2/2, in a "
             "box"},

    {"grid.x.cells", GZ_KEY_COUNT, GZ_PER_SPACE_AXIS, IN_DECK(problem.grid.cells), .low = 1, .high = 1e6,
     .used = gz_key_has_space, .help = "cells of each x axis"},
    {"grid.x.length", GZ_KEY_NUMBER, GZ_PER_SPACE_AXIS, IN_DECK(problem.grid.length), .low = 0, .high = 1e12,
     .open = true, .fallback = "1", .used = gz_key_has_space, .help = "length of each x axis"},
    {"grid.x.boundary", GZ_KEY_WORD, .offset = IN_DECK(problem.grid.boundary), .words = "torus|box",
     .fallback = "torus", .used = gz_key_has_space,
     .help = "torus: periodic, kappa normalised; box: walls that let mass out, kappa not normalised"},
    {"grid.x.inflow", GZ_KEY_NUMBER, .offset = IN_DECK(problem.grid.inflow), .low = 0, .high = 1e12,
     .open = true, .fallback = "1e-30", .used = has_walls,
     .help = "box: density of what streams in through the walls (practically nothing)"},
    {"grid.v.nodes", GZ_KEY_COUNT, .offset = IN_DECK(problem.grid.nodes), .low = 5, .high = 1e5,
     .help = "nodes of each v axis, from -half_width to half_width"},
    {"grid.v.half_width", GZ_KEY_NUMBER, .offset = IN_DECK(problem.grid.half_width), .low = 0, .high = 1e6,
     .open = true, .help = "L; six times sqrt(T) beyond the mean velocity keep the tail below 1e-8"},
    {"grid.v.order", GZ_KEY_INTEGER, .offset = IN_DECK(problem.order), .words = "2|4|6|8", .fallback = "6",
     .help = "order of the velocity stencil"},
    {"grid.v.switch", GZ_KEY_FLAG, .offset = IN_DECK(problem.always_wide), .words = "auto|off",
     .fallback = "auto", .help = "steepness switch; off where pure orders are measured"},
    {"grid.unresolved", GZ_KEY_FLAG, .offset = IN_DECK(allow_unresolved), .words = "refuse|allow",
     .fallback = "refuse",
     .help = "a component whose mass, momentum or energy this grid misses by more than 1 %"},

    {"time.scheme", GZ_KEY_NAME, .offset = IN_DECK(integrator.scheme),
     .words = "jko|zero_defect|zero_defect4|euler|rk2|rk4|ssprk3|rkl2|rkl2_adaptive|cvode_bdf|arkode_erk|"
              "arkode_dirk",
     .available = gz_integrator_name, .fallback = "zero_defect",
     .help = "zero_defect: J = 0, second order; zero_defect4: J = 0, fourth order (periodic x); jko: first "
             "order, dissipative; the others to compare with: "
             "explicit euler, rk2, rk4, ssprk3, rkl2 (stages as stability asks); rkl2_adaptive, arkode_erk, "
             "cvode_bdf, arkode_dirk (own steps; the last two are implicit)"},
    {"time.dt", GZ_KEY_NUMBER, .offset = IN_DECK(dt), .low = 0, .high = 1e12, .open = true,
     .help = "time step"},
    {"time.end", GZ_KEY_NUMBER, .offset = IN_DECK(end), .low = 0, .high = 1e12,
     .help = "the run goes from 0 to end; where dt does not divide it, the last step is shorter, and a note "
             "says so"},
    {"time.space_form", GZ_KEY_WORD, .offset = IN_DECK(integrator.space_form), .words = "flux|log",
     .fallback = "flux", .used = scheme_is_ode,
     .help = "explicit and ODE schemes: derivatives of f, or of log f"},
    {"time.zero_defect", GZ_KEY_FLAG, .offset = IN_DECK(integrator.zero_defect), .fallback = "false",
     .used = scheme_has_tableau,
     .help = "euler, rk2, ssprk3, rk4: the potentials scaled so that J = 0, in the log form; f must stay "
             "positive"},
    {"time.tolerance", GZ_KEY_NUMBER, .offset = IN_DECK(integrator.ode_tolerance), .low = 0, .high = 1,
     .open = true, .fallback = "1e-6", .used = scheme_chooses_steps,
     .help = "rkl2_adaptive, arkode_erk, arkode_dirk, cvode_bdf: relative tolerance"},
    {"time.order", GZ_KEY_INTEGER, .offset = IN_DECK(integrator.ode_order), .words = "3|4|5", .fallback = "4",
     .used = scheme_is_dirk, .help = "arkode_dirk: order of the method"},
    {"time.dt_control.tolerance", GZ_KEY_NUMBER, .offset = IN_DECK(control_tolerance), .low = 0, .high = 1,
     .fallback = "0", .used = scheme_is_variational,
     .help = "adapt dt so that each step's error estimate stays below; dt is the first one; 0: equal steps"},
    {"time.dt_control.by", GZ_KEY_WORD, .offset = IN_DECK(control_by),
     .words = "difference|certificate|theta", .fallback = "difference", .used = dt_is_controlled,
     .help =
         "estimate: difference of jko and zero_defect (zero_defect4: of zero_defect and it); certificate: "
         "sqrt(2 J / int D dt) of the curve defect J; theta: the scale of zero_defect4"},
    {"time.inner_steps", GZ_KEY_INTEGER, .offset = IN_DECK(integrator.inner_steps), .low = 0, .high = 1000,
     .fallback = "0", .used = scheme_is_jko,
     .help = "of jko: steps of a path that the mobility follows (true minimising movement); 0: frozen at the "
             "start"},
    {"time.implicitness", GZ_KEY_OPTION, .offset = IN_DECK(implicitness), .low = 0, .high = 0.99,
     .fallback = "auto", .used = scheme_is_zero_defect,
     .help = "weight c of the old potential; auto: the c with J = 0"},

    {"solver.minimizer", GZ_KEY_NAME, .offset = IN_DECK(integrator.minimizer),
     .words = "newton|lbfgs|tnewton|dense|full_space", .available = gz_minimizer_name,
     .used = scheme_is_variational, .fallback = "newton", .help = "how the convex step is minimised"},
    {"solver.mobility", GZ_KEY_NAME, .offset = IN_DECK(integrator.mobility), .words = "fft|pairs|moments",
     .available = gz_interaction_name, .fallback = "fft", .used = is_landau,
     .help = "how K is applied: fft: O(N log N); pairs: O(N^2), the reference; moments: gamma = 0, O(N)"},
    {"solver.preconditioner", GZ_KEY_NAME, .offset = IN_DECK(integrator.preconditioner),
     .words = "auto|factor|sweeps", .available = preconditioner_name, .used = scheme_has_local_solver,
     .fallback = "auto",
     .help = "local solver of a Newton step: sweeps of multigrid cycles (auto), or a CHOLMOD factor of every "
             "cell (d = 2)"},
    {"solver.mobility_at", GZ_KEY_WORD, .offset = IN_DECK(integrator.mobility_at),
     .words = "predictor|start|extrapolated|fixed_point|local", .used = scheme_is_variational,
     .fallback = "predictor", .help = "state the mobility of a zero_defect step is taken at"},
    {"solver.tolerance", GZ_KEY_NUMBER, .offset = IN_DECK(integrator.tolerance), .low = 0, .high = 1,
     .open = true, .used = scheme_is_variational, .fallback = "1e-12",
     .help = "Newton decrement, relative to sqrt(mass)"},
    {"solver.max_iterations", GZ_KEY_INTEGER, .offset = IN_DECK(integrator.max_iterations), .low = 1,
     .high = 1e6, .used = scheme_is_variational, .fallback = "80",
     .help = "then the step counts as not converged"},

    {"output.every", GZ_KEY_NUMBER, .offset = IN_DECK(output_every), .low = 0, .high = 1e12, .fallback = "0",
     .help = "time between stored states, a multiple of dt (else a warning says which times are stored); 0: "
             "the first "
             "and the last only"},
    {"output.checkpoint_every", GZ_KEY_NUMBER, .offset = IN_DECK(checkpoint_every), .low = 0, .high = 1e9,
     .fallback = "60",
     .help = "seconds of work that a killed run may lose; 0: a checkpoint after every step"},
    {"output.density", GZ_KEY_FLAG, .offset = IN_DECK(output_density), .fallback = "true",
     .help = "store f at every output; false: its moments, and f of the last one"},
    {"output.fisher", GZ_KEY_FLAG, .offset = IN_DECK(output_fisher), .fallback = "false",
     .help = "history.csv gets fisher = int f <v>^gamma |grad log f|^2 and cross_fisher, with v x grad"},
    {"output.grazing_rate", GZ_KEY_FLAG, .offset = IN_DECK(output_rate), .fallback = "false",
     .used = scheme_has_collision,
     .help = "store action density and divergence of the grazing rate U of each step, and what K is made of "
             "(potential, mobility, switch, sawtooth weight); on small grids U itself"},

    {"initial.normalise", GZ_KEY_FLAG, .offset = IN_DECK(normalise), .fallback = "false",
     .help = "tilt each component to the mass, momentum and energy that it asks for, in every cell"},
    {.path = NULL},
};
