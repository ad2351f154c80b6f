/* Deck entry keys: the keys of the entries of lists, which are the components of `initial` and the species. */
#include "deck_schema.h"

#include <stddef.h>

static bool has_velocity(const gz_deck *deck, const gz_component *component) {
    (void)deck;
    return component->shape == GZ_MAXWELLIAN || component->shape == GZ_RANDOM;
}

static bool has_species(const gz_deck *deck, const gz_component *component) {
    (void)component;
    return deck->species_count > 0;
}

static bool is_random(const gz_deck *deck, const gz_component *component) {
    (void)deck;
    return component->shape == GZ_RANDOM;
}

static bool is_bounded_below(const gz_deck *deck, const gz_component *component) {
    (void)deck;
    return component->theta > 0;
}

static bool is_wave(const gz_deck *deck, const gz_component *component) {
    return component->shape == GZ_MAXWELLIAN && gz_key_has_space(deck, component);
}

static bool is_bkw(const gz_deck *deck, const gz_component *component) {
    (void)deck;
    return component->shape == GZ_BKW;
}

static bool is_from_file(const gz_deck *deck, const gz_component *component) {
    (void)deck;
    return component->shape == GZ_FROM_FILE;
}

#define IN_COMPONENT(member) offsetof(gz_component, member)
#define IN_SPECIES(member)   offsetof(gz_species_text, member)

const gz_key gz_component_keys[] = {
    {"shape", GZ_KEY_WORD, .offset = IN_COMPONENT(shape), .words = "maxwellian|bkw|file|random",
     .fallback = "maxwellian", .help = "components are summed"},
    {"species", GZ_KEY_TEXT, .offset = IN_COMPONENT(species), .fallback = "", .used = has_species,
     .help = "name of the species; a file without it has all of them, [species,x..,v..]"},
    {"density", GZ_KEY_NUMBER, .offset = IN_COMPONENT(density), .low = 0, .high = 1e12, .open = true,
     .fallback = "1", .help = "mean density; of bkw and file a factor"},
    {"velocity", GZ_KEY_NUMBER, GZ_PER_VELOCITY_AXIS, IN_COMPONENT(velocity), .low = -1e12, .high = 1e12,
     .fallback = "0", .used = has_velocity, .help = "mean velocity"},
    {"temperature", GZ_KEY_NUMBER, GZ_PER_VELOCITY_AXIS, IN_COMPONENT(temperature), .low = 0, .high = 1e12,
     .open = true, .fallback = "1", .used = has_velocity,
     .help = "temperature along each v axis; the variance of v is T/m"},
    {"seed", GZ_KEY_INTEGER, .offset = IN_COMPONENT(seed), .low = 0, .high = 1e9, .fallback = "1",
     .used = is_random, .help = "random: two Maxwellians with waves, all of them from this number"},
    {"mode", GZ_KEY_INTEGER, GZ_PER_SPACE_AXIS, IN_COMPONENT(mode), .low = -1e6, .high = 1e6, .fallback = "0",
     .used = is_wave, .help = "waves: whole wave number, p = 2 pi (phase + mode.x/length)"},
    {"phase", GZ_KEY_NUMBER, .offset = IN_COMPONENT(phase), .low = -1, .high = 1, .fallback = "0",
     .used = is_wave, .help = "of the waves, in turns"},
    {"density_wave", GZ_KEY_NUMBER, .offset = IN_COMPONENT(density_wave), .low = -1, .high = 1, .open = true,
     .fallback = "0", .used = is_wave, .help = "density (1 + density_wave cos p)"},
    {"velocity_wave", GZ_KEY_NUMBER, GZ_PER_VELOCITY_AXIS, IN_COMPONENT(velocity_wave), .low = -1e12,
     .high = 1e12, .fallback = "0", .used = is_wave, .help = "velocity + velocity_wave sin p"},
    {"temperature_wave", GZ_KEY_NUMBER, .offset = IN_COMPONENT(temperature_wave), .low = -1, .high = 1,
     .open = true, .fallback = "0", .used = is_wave, .help = "temperature (1 + temperature_wave cos p)"},
    {"time", GZ_KEY_NUMBER, .offset = IN_COMPONENT(time), .low = 0, .high = 1e12, .used = is_bkw,
     .help = "bkw: t of the exact solution at the start of the run; d = 3 needs 4 B t >= 0.917"},
    {"path", GZ_KEY_TEXT, .offset = IN_COMPONENT(path), .used = is_from_file,
     .help = "file: HDF5 file, relative to the deck's folder"},
    {"dataset", GZ_KEY_TEXT, .offset = IN_COMPONENT(dataset), .fallback = "f", .used = is_from_file,
     .help = "file: dataset [x..,v..], or [time,x..,v..], of which the last time is taken"},
    {"interpolate", GZ_KEY_FLAG, .offset = IN_COMPONENT(interpolate), .fallback = "false",
     .used = is_from_file,
     .help =
         "file: from another grid of the same lengths, log f by polynomials; false: it must be the deck's"},
    {"alpha", GZ_KEY_NUMBER, .offset = IN_COMPONENT(alpha), .low = 0, .high = 1e6, .fallback = "0",
     .used = gz_key_has_space, .help = "regularisation: mollified in x by exp(-<x/alpha>); 0: not"},
    {"beta", GZ_KEY_NUMBER, .offset = IN_COMPONENT(beta), .low = 0, .high = 1e6, .fallback = "0",
     .help = "regularisation: mollified in v by exp(-<v/beta>); 0: not"},
    {"theta.theta", GZ_KEY_NUMBER, .offset = IN_COMPONENT(theta), .low = 0, .high = 0.999, .fallback = "0",
     .help = "regularisation: (1-theta) f + theta Z (<v>+<x>)^-a, of the same mass; 0: not"},
    {"theta.a", GZ_KEY_OPTION, .offset = IN_COMPONENT(theta_a), .low = 0, .high = 1000, .open = true,
     .fallback = "auto", .used = is_bounded_below,
     .help = "its exponent, above 8 + |gamma|; auto: 9 + |gamma|"},
    {.path = NULL},
};

const gz_key gz_species_keys[] = {
    {"name", GZ_KEY_TEXT, .offset = IN_SPECIES(name), .help = "letters, digits and underscores"},
    {"mass", GZ_KEY_NUMBER, .offset = IN_SPECIES(mass), .low = 0, .high = 1e12, .open = true, .fallback = "1",
     .help = "m; sqrt(T/m) needs a spacing of half of it"},
    {"charge", GZ_KEY_NUMBER, .offset = IN_SPECIES(charge), .low = -1e12, .high = 1e12, .fallback = "1",
     .help = "q"},
    {.path = NULL},
};
