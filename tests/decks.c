#include "decks.h"

/* The deck of the contract, with every key. */
const char deck_full[] = "title: fuzzy Landau, 1D2V\n"
                         "model:\n"
                         "  velocity_dim: 2\n"
                         "  space_dim: 1\n"
                         "  kernel: {shape: power, gamma: 0.0, strength: 1.0}   # B|z|^(2+gamma)\n"
                         "  kappa: {shape: exponential, k2: 4.0}\n"
                         "  transport: true\n"
                         "grid:\n"
                         "  x: {cells: [16], length: [1.0], boundary: torus}\n"
                         "  v: {nodes: 33, half_width: 5.0, order: 6, switch: auto}\n"
                         "initial:\n"
                         "  - shape: maxwellian\n"
                         "    density: 1.0\n"
                         "    velocity: [0.0, 0.0]\n"
                         "    temperature: [1.0, 0.77]\n"
                         "    mode: [1]\n"
                         "    density_wave: 0.4\n"
                         "    velocity_wave: [0.3, 0.0]\n"
                         "    temperature_wave: 0.2\n"
                         "time: {scheme: zero_defect, dt: 0.05, end: 1.0}\n"
                         "solver: {minimizer: newton, mobility: fft, mobility_at: predictor, tolerance: "
                         "1.0e-12, max_iterations: 80}\n"
                         "output: {every: 0.1, density: true}\n";

/* The shortest deck. */
const char deck_small[] = "time: {dt: 0.1, end: 1}\n"
                          "grid: {v: {nodes: 9, half_width: 5}}\n"
                          "initial: [{}]\n";
