/* Result species: a list of texts of any length, and two lists of numbers. */
#include "result_species.h"

#include "hdf5_tools.h"

#include <hdf5_hl.h>

/* Make a list over the species. */
static hid_t make_list(const gz_phase_grid *grid, hid_t file, const char *name, hid_t type,
                       const void *values, const char *long_name, herr_t *done) {
    const hsize_t count = grid->species_count;
    const hid_t space = H5Screate_simple(1, &count, NULL);
    const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Sclose(space);
    *done |= set < 0 ? -1 : H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    *done |= gz_hdf5_put_text(set, "long_name", long_name);
    *done |= gz_hdf5_put_text(set, "units", "1");
    return set;
}

herr_t gz_result_species_write(const gz_phase_grid *grid, bool star, hid_t file) {
    const char *names[GZ_MAX_SPECIES], *scale = star ? "species_star" : "species";
    double mass[GZ_MAX_SPECIES], charge[GZ_MAX_SPECIES];
    herr_t done = 0;
    if (!grid->mixture) return 0;
    for (size_t s = 0; s < grid->species_count; s++) {
        names[s] = grid->species[s].name;
        mass[s] = grid->species[s].mass;
        charge[s] = grid->species[s].charge;
    }
    const hid_t text = H5Tcopy(H5T_C_S1);
    done |= H5Tset_size(text, H5T_VARIABLE);
    const hid_t set = make_list(grid, file, scale, text, names, "name of the species", &done);
    done |= H5DSset_scale(set, scale);
    for (int i = 0; i < 2 && !star; i++) {
        const hid_t of =
            make_list(grid, file, i == 0 ? "species_mass" : "species_charge", H5T_NATIVE_DOUBLE,
                      i == 0 ? mass : charge, i == 0 ? "mass of a particle" : "charge of a particle", &done);
        done |= H5DSattach_scale(of, set, 0);
        H5Dclose(of);
    }
    H5Dclose(set);
    H5Tclose(text);
    return done;
}
