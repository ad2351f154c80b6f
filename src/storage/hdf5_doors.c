/* HDF5 doors: links out of the file are stopped by a callback of HDF5, datasets are judged by what their headers say
 * before a byte of them is read. */
#include "hdf5_doors.h"

#include "excerpt.h"
#include "files.h"
#include "hdf5_tools.h"

#include <stdio.h>

/* What a dataset may claim at most: SPARSE times the bytes that the file stores (deflate reaches a thousand), and
 * ROOM bytes whatever is stored. A chunk may have CHUNKS times the bytes of the dataset, or ROOM. */
static const double SPARSE = 4096, CHUNKS = 16, ROOM = 16 << 20;

enum { MOST_ELEMENT = 16 };

gz_status gz_hdf5_open_file(gz_context *context, const char *path, unsigned access, hid_t *file) {
    *file = H5I_INVALID_HID;
    GZ_TRY(gz_file_check(context, path));
    *file = H5Fopen(path, access, H5P_DEFAULT);
    return *file < 0 ? gz_hdf5_fail(context, "read", path) : GZ_OK;
}

/* --- links ---------------------------------------------------------------------------------------------- */

/* HDF5 calls this before it follows a link into another file, which the negative value stops. */
static herr_t refuse_link(const char *from, const char *group, const char *file, const char *object,
                          unsigned *access, hid_t properties, void *met) {
    (void)from, (void)group, (void)object, (void)access, (void)properties;
    if (met) gz_excerpt(file, GZ_SHOWN_PATH, met);
    return -1;
}

/* Properties with which no link leads out of the file. met: NULL, or room for GZ_SHOWN_PATH characters of the name of
 * the file that a refused link leads to. */
static hid_t within_the_file(hid_t class, char *met) {
    const hid_t properties = H5Pcreate(class);
    if (met) met[0] = 0;
    H5Pset_elink_cb(properties, refuse_link, met);
    return properties;
}

bool gz_hdf5_has(hid_t file, const char *name) {
    const hid_t links = within_the_file(H5P_LINK_ACCESS, NULL);
    const bool has = H5Lexists(file, name, links) > 0;
    H5Pclose(links);
    return has;
}

hid_t gz_hdf5_open_member(hid_t group, hsize_t i) {
    const hid_t links = within_the_file(H5P_LINK_ACCESS, NULL);
    const hid_t object = H5Oopen_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, links);
    H5Pclose(links);
    return object;
}

/* --- datasets ------------------------------------------------------------------------------------------- */

static gz_status refuse(gz_context *context, const char *path, const char *name, const char *why) {
    char shown[GZ_SHOWN_PATH], shown_name[GZ_SHOWN_PATH];
    gz_excerpt(path, sizeof shown, shown);
    gz_excerpt(name, sizeof shown_name, shown_name);
    return gz_fail(context, GZ_ERROR_FILES, "dataset '%s' of '%s' %s", shown_name, shown, why);
}

/* Why the values of a dataset do not lie in the file, or NULL. */
static const char *elsewhere(hid_t create) {
    if (H5Pget_layout(create) == H5D_VIRTUAL)
        return "is virtual, made of other datasets, which are not followed; copy its numbers into the file";
    if (H5Pget_external_count(create) != 0)
        return "lies in other files (external storage), which are not followed; copy its numbers into the "
               "file";
    return NULL;
}

bool gz_hdf5_lies_elsewhere(hid_t set) {
    const hid_t create = H5Dget_create_plist(set);
    const bool answer = create < 0 || elsewhere(create);
    H5Pclose(create);
    return answer;
}

static bool holds_numbers(hid_t set, size_t *element) {
    const hid_t type = H5Dget_type(set);
    const H5T_class_t class = H5Tget_class(type);
    *element = H5Tget_size(type);
    H5Tclose(type);
    return (class == H5T_FLOAT || class == H5T_INTEGER) && *element <= MOST_ELEMENT;
}

static double product(int rank, const hsize_t *extent) {
    double count = 1;
    for (int a = 0; a < rank; a++) count *= (double)extent[a];
    return count;
}

/* Compare what the dataset claims with what the file stores. */
static gz_status check_sizes(gz_context *context, const char *path, const char *name, hid_t set, hid_t create,
                             size_t element) {
    hsize_t extent[H5S_MAX_RANK] = {0}, chunk[H5S_MAX_RANK] = {0}, file_size = 0;
    const hid_t space = H5Dget_space(set), file = H5Iget_file_id(set);
    const int rank = H5Sget_simple_extent_dims(space, extent, NULL);
    H5Fget_filesize(file, &file_size);
    H5Fclose(file);
    H5Sclose(space);
    if (rank < 0) return refuse(context, path, name, "has no shape");
    const hsize_t storage = H5Dget_storage_size(set);
    const double bytes = product(rank, extent) * (double)element;
    const double stored = (double)(storage < file_size ? storage : file_size);
    char why[200];
    snprintf(why, sizeof why,
             "claims %.3g bytes, of which the file stores %.3g; most of it was never written, or the file is "
             "damaged",
             bytes, stored);
    if (bytes > ROOM + SPARSE * stored) return refuse(context, path, name, why);
    if (H5Pget_layout(create) != H5D_CHUNKED) return GZ_OK;
    const double block = product(H5Pget_chunk(create, rank, chunk), chunk) * (double)element;
    snprintf(why, sizeof why,
             "of %.3g bytes is stored in chunks of %.3g bytes; store it anew in chunks that are not larger "
             "than it",
             bytes, block);
    return block > ROOM && block > CHUNKS * bytes ? refuse(context, path, name, why) : GZ_OK;
}

gz_status gz_hdf5_check_set(gz_context *context, const char *path, const char *name, hid_t set) {
    size_t element = 0;
    const hid_t create = H5Dget_create_plist(set);
    const char *why = create < 0 ? "has no header that can be read" : elsewhere(create);
    if (!why && !holds_numbers(set, &element))
        why = "does not hold numbers (whole ones or floating point, of at most 16 bytes)";
    const gz_status status =
        why ? refuse(context, path, name, why) : check_sizes(context, path, name, set, create, element);
    H5Pclose(create);
    return status;
}

gz_status gz_hdf5_open_set(gz_context *context, hid_t file, const char *path, const char *name, hid_t *set) {
    char met[GZ_SHOWN_PATH], shown[GZ_SHOWN_PATH], why[GZ_SHOWN_PATH + 120];
    const hid_t links = within_the_file(H5P_DATASET_ACCESS, met);
    *set = H5Dopen2(file, name, links);
    H5Pclose(links);
    gz_status status = GZ_OK;
    if (*set >= 0) {
        status = gz_hdf5_check_set(context, path, name, *set);
    } else if (met[0]) {
        snprintf(why, sizeof why,
                 "is a link to another file, '%s', which is not followed; copy the dataset into the file",
                 met);
        status = refuse(context, path, name, why);
    } else {
        char action[GZ_SHOWN_PATH + 20];
        snprintf(action, sizeof action, "open dataset '%s' of", gz_excerpt(name, sizeof shown, shown));
        status = gz_hdf5_fail(context, action, path);
    }
    if (status != GZ_OK && *set >= 0) {
        H5Dclose(*set);
        *set = H5I_INVALID_HID;
    }
    return status;
}
