/* Checkpoint: a header of 512 bytes (checkpoint_seal.h), then an HDF5 file.
 *
 * The header (checkpoint_seal.h) has length and checksum of the rest. The HDF5 part is laid out
 * in memory, written, given its full space on the disk, and only then filled, so that a full disk is met
 * before HDF5 writes. Where several ranks share the cells, the first rank does everything but the filling.
 */
#include "checkpoint.h"
#include "checkpoint_seal.h"
#include "files.h"
#include "first_rank.h"
#include "hdf5_doors.h"
#include "hdf5_shared.h"
#include "hdf5_tools.h"
#include "plain.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GRID_TEXT = 1024 };

/* --- texts ---------------------------------------------------------------------------------------------- */

static const char *const TEXT_NAMES[] = {"deck", "plans", "run", "history", "inputs"};

enum { TEXT_COUNT = sizeof TEXT_NAMES / sizeof *TEXT_NAMES };

static const char **text_at(gz_checkpoint_texts *texts, size_t index) {
    const char **const all[] = {&texts->deck, &texts->plans, &texts->run, &texts->history, &texts->inputs};
    return all[index];
}

/* --- writing -------------------------------------------------------------------------------------------- */

/* The arrays of a checkpoint are f, log_f and the memory blocks. Of a field, each rank has its own part. */
static gz_memory_block block_at(const gz_phase_grid *grid, const gz_state *state,
                                const gz_memory_block *blocks, size_t index) {
    if (index == 0)
        return (gz_memory_block){.name = "f", .count = grid->size, .values = state->f, .is_field = true};
    if (index == 1)
        return (gz_memory_block){
            .name = "log_f", .count = grid->size, .values = state->log_f, .is_field = true};
    return blocks[index - 2];
}

/* The length of an array in the file. */
static hsize_t length_of(const gz_phase_grid *grid, const gz_memory_block *block) {
    return block->is_field ? gz_phase_grid_whole_size(grid) : block->count;
}

/* Select this rank's part of an array. Returns the matching memory space, which the caller closes. */
static hid_t select_part(const gz_phase_grid *grid, const gz_memory_block *block, hid_t space) {
    const hsize_t start = block->is_field ? grid->first_cell * grid->node_count : 0, count = block->count,
                  parts = block->is_field ? grid->species_count : 1, part = count / parts,
                  stride = parts > 1 ? grid->all_cells * grid->node_count : count;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, &stride, &parts, &part);
    return H5Screate_simple(1, &count, NULL);
}

/* Describe the grid in words. Two grids are equal if their words are. */
static void describe_grid(const gz_phase_grid *grid, char *text, size_t size) {
    const gz_plain plain = gz_plain_enter();
    size_t length = 0;
    for (size_t s = 0; grid->mixture && s < grid->species_count; s++)
        length += (size_t)snprintf(text + length, size - length, "%s, mass %.17g, ", grid->species[s].name,
                                   grid->species[s].mass);
    for (int a = 0; a < grid->space_dim; a++)
        length += (size_t)snprintf(text + length, size - length, "%zu cells on %.17g, ", grid->cells[a],
                                   grid->length[a]);
    snprintf(text + length, size - length, "%zu^%d nodes on +-%.17g", grid->nodes, grid->velocity_dim,
             grid->half_width);
    gz_plain_leave(&plain);
}

/* Write the attributes, and the arrays without their values. */
static herr_t lay_out(const gz_phase_grid *grid, const gz_checkpoint_texts *texts, const gz_state *state,
                      size_t block_count, const gz_memory_block *blocks, hid_t file) {
    char grid_text[GRID_TEXT];
    describe_grid(grid, grid_text, sizeof grid_text);
    herr_t done = gz_hdf5_put_text(file, "grid", grid_text);
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        const char *text = *text_at((gz_checkpoint_texts *)texts, i);
        done |= gz_hdf5_put_text(file, TEXT_NAMES[i], text ? text : "");
    }
    done |= gz_hdf5_put_number(file, "time", state->time);
    done |= gz_hdf5_put_integer(file, "step", state->step);
    for (size_t i = 0; i < block_count + 2; i++) {
        const gz_memory_block block = block_at(grid, state, blocks, i);
        const hsize_t count = length_of(grid, &block);
        const hid_t space = H5Screate_simple(1, &count, NULL);
        const hid_t set =
            H5Dcreate2(file, block.name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        done |= set < 0 ? -1 : 0;
        H5Dclose(set);
        H5Sclose(space);
    }
    return done;
}

/* Build a checkpoint without the values of its arrays in memory. Release the bytes with gz_release. */
static gz_status build_layout(gz_context *context, const gz_phase_grid *grid, const char *path,
                              const gz_checkpoint_texts *texts, const gz_state *state, size_t block_count,
                              const gz_memory_block *blocks, char **bytes, size_t *size) {
    const hid_t file = gz_hdf5_create_in_memory(context);
    const gz_status status = lay_out(grid, texts, state, block_count, blocks, file) < 0
                                 ? gz_hdf5_fail(context, "build", path)
                                 : gz_hdf5_image(context, file, GZ_CHECKPOINT_HEADER, bytes, size);
    H5Fclose(file);
    return status;
}

static gz_status write_layout(gz_context *context, const gz_phase_grid *grid, const char *path,
                              const gz_checkpoint_texts *texts, const gz_state *state, size_t block_count,
                              const gz_memory_block *blocks) {
    char *bytes = NULL;
    size_t size = 0;
    GZ_TRY(build_layout(context, grid, path, texts, state, block_count, blocks, &bytes, &size));
    const gz_status status = gz_file_create(context, path, bytes, size);
    gz_release(bytes);
    return status;
}

/* The bytes of all arrays in the file. */
static size_t array_bytes(const gz_phase_grid *grid, const gz_state *state, size_t block_count,
                          const gz_memory_block *blocks) {
    size_t bytes = 0;
    for (size_t i = 0; i < block_count + 2; i++) {
        const gz_memory_block block = block_at(grid, state, blocks, i);
        bytes += length_of(grid, &block) * sizeof(double);
    }
    return bytes;
}

gz_status gz_checkpoint_size(gz_context *context, const gz_phase_grid *grid, const gz_checkpoint_texts *texts,
                             const gz_state *state, size_t block_count, const gz_memory_block *blocks,
                             double *bytes) {
    gz_hdf5_scope scope;
    char *empty = NULL;
    size_t size = 0;
    gz_hdf5_enter(&scope);
    const gz_status status =
        build_layout(context, grid, "checkpoint.h5", texts, state, block_count, blocks, &empty, &size);
    gz_hdf5_leave(&scope);
    gz_release(empty);
    *bytes = (double)(size + array_bytes(grid, state, block_count, blocks));
    return status;
}

static gz_status write_arrays(gz_context *context, const gz_phase_grid *grid, const char *path,
                              const gz_state *state, size_t block_count, const gz_memory_block *blocks) {
    const size_t bytes = GZ_CHECKPOINT_HEADER + array_bytes(grid, state, block_count, blocks);
    GZ_TRY(GZ_ONCE(context, gz_file_reserve(context, path, bytes)));
    const hid_t file = gz_hdf5_open_shared(grid->ranks, path);
    herr_t done = file < 0 ? -1 : 0;
    for (size_t i = 0; i < block_count + 2; i++) {
        const gz_memory_block block = block_at(grid, state, blocks, i);
        const hid_t set = H5Dopen2(file, block.name, H5P_DEFAULT), space = H5Dget_space(set);
        const hid_t memory = select_part(grid, &block, space);
        if (block.is_field || gz_ranks_own(grid->ranks) == 0)
            done |= H5Dwrite(set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, block.values);
        H5Sclose(memory);
        H5Sclose(space);
        done |= H5Dclose(set);
    }
    gz_status status = done < 0 ? gz_hdf5_fail(context, "write", path) : GZ_OK;
    if (file >= 0 && H5Fclose(file) < 0 && status == GZ_OK) status = gz_hdf5_fail(context, "write", path);
    return gz_agree(context, status);
}

/* The three paths that a checkpoint can have in a folder. */
typedef struct place {
    char *fresh, *newest, *older;
} place;

static void place_destroy(place *p) {
    gz_release(p->fresh);
    gz_release(p->newest);
    gz_release(p->older);
}

static gz_status place_create(gz_context *context, const char *directory, place *p) {
    *p = (place){NULL, NULL, NULL};
    gz_status status = gz_path_join(context, directory, "checkpoint.h5.new", &p->fresh);
    if (status == GZ_OK) status = gz_path_join(context, directory, "checkpoint.h5", &p->newest);
    if (status == GZ_OK) status = gz_path_join(context, directory, "checkpoint.older.h5", &p->older);
    if (status != GZ_OK) place_destroy(p);
    return status;
}

/* Seal the fresh file and make it the newest checkpoint. */
static gz_status publish(gz_context *context, const char *directory, const place *p) {
    GZ_TRY(gz_checkpoint_seal(context, p->fresh));
    if (access(p->newest, F_OK) == 0) GZ_TRY(gz_file_rename(context, p->newest, p->older));
    GZ_TRY(gz_file_rename(context, p->fresh, p->newest));
    return gz_file_sync(context, directory);
}

gz_status gz_checkpoint_write(gz_context *context, const gz_phase_grid *grid, const char *directory,
                              const gz_checkpoint_texts *texts, const gz_state *state, size_t block_count,
                              const gz_memory_block *blocks) {
    place p;
    gz_hdf5_scope scope;
    GZ_TRY(gz_agree(context, place_create(context, directory, &p)));
    gz_hdf5_enter(&scope);
    gz_status status =
        GZ_ONCE(context, write_layout(context, grid, p.fresh, texts, state, block_count, blocks));
    if (status == GZ_OK) status = write_arrays(context, grid, p.fresh, state, block_count, blocks);
    gz_hdf5_leave(&scope);
    if (status == GZ_OK) status = GZ_ONCE(context, publish(context, directory, &p));
    if (status != GZ_OK && gz_ranks_own(grid->ranks) == 0) unlink(p.fresh);
    place_destroy(&p);
    return status;
}

/* --- reading -------------------------------------------------------------------------------------------- */

/* The number of values of a dataset, or -1. */
static hssize_t values_in(hid_t set) {
    const hid_t space = H5Dget_space(set);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const bool is_list = H5Sget_simple_extent_ndims(space) == 1;
    H5Sclose(space);
    return is_list ? count : -1;
}

/* Open an array. *set is negative if the file has none with the block's name and length. */
static gz_status open_array(gz_context *context, const gz_phase_grid *grid, const char *path, hid_t file,
                            const gz_memory_block *block, hid_t *set) {
    *set = H5I_INVALID_HID;
    if (!gz_hdf5_has(file, block->name)) return GZ_OK;
    GZ_TRY(gz_hdf5_open_set(context, file, path, block->name, set));
    if (values_in(*set) == (hssize_t)length_of(grid, block)) return GZ_OK;
    H5Dclose(*set);
    *set = H5I_INVALID_HID;
    return GZ_OK;
}

/* Read this rank's part of an array. */
static gz_status read_array(gz_context *context, const gz_phase_grid *grid, const char *path, hid_t file,
                            const gz_memory_block *block) {
    hid_t set;
    GZ_TRY(open_array(context, grid, path, file, block, &set));
    if (set < 0)
        return gz_fail(context, GZ_ERROR_FILES,
                       "'%s' has no array '%s' of %zu numbers; start again in another folder", path,
                       block->name, (size_t)length_of(grid, block));
    const hid_t space = H5Dget_space(set), memory = select_part(grid, block, space);
    const herr_t done = H5Dread(set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, block->values);
    const gz_status status = done < 0 ? gz_hdf5_fail(context, "read", path) : GZ_OK;
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(set);
    return status;
}

/* Set *has if the file holds an array with the block's name and length. */
static gz_status find_block(gz_context *context, const gz_phase_grid *grid, const char *path, hid_t file,
                            const gz_memory_block *block, bool *has) {
    hid_t set;
    GZ_TRY(open_array(context, grid, path, file, block, &set));
    *has = set >= 0;
    if (*has) H5Dclose(set);
    return GZ_OK;
}

/* Read the optional blocks that are there, and the others if all of them are. */
static gz_status read_blocks(gz_context *context, const gz_phase_grid *grid, const char *path, hid_t file,
                             size_t block_count, const gz_memory_block *blocks) {
    bool all = true, has = false;
    for (size_t i = 0; i < block_count; i++) {
        GZ_TRY(find_block(context, grid, path, file, &blocks[i], &has));
        all = all && (blocks[i].optional || has);
    }
    for (size_t i = 0; i < block_count; i++) {
        GZ_TRY(find_block(context, grid, path, file, &blocks[i], &has));
        if (blocks[i].optional ? has : all) GZ_TRY(read_array(context, grid, path, file, &blocks[i]));
    }
    return GZ_OK;
}

static gz_status read_content(gz_context *context, const gz_phase_grid *grid, const char *path, hid_t file,
                              gz_state *state, size_t block_count, const gz_memory_block *blocks) {
    char want[GRID_TEXT], have[GRID_TEXT];
    describe_grid(grid, want, sizeof want);
    if (gz_hdf5_get_text(file, "grid", have, sizeof have) < 0 ||
        gz_hdf5_get_number(file, "time", &state->time) < 0 ||
        gz_hdf5_get_integer(file, "step", &state->step) < 0)
        return gz_hdf5_fail(context, "read", path);
    if (strcmp(want, have) != 0)
        return gz_fail(context, GZ_ERROR_FILES, "'%s' belongs to another grid (%s; the deck has %s)", path,
                       have, want);
    for (size_t i = 0; i < 2; i++) {
        const gz_memory_block block = block_at(grid, state, blocks, i);
        GZ_TRY(read_array(context, grid, path, file, &block));
    }
    return read_blocks(context, grid, path, file, block_count, blocks);
}

static gz_status read_file(gz_context *context, const gz_phase_grid *grid, const char *path, gz_state *state,
                           size_t block_count, const gz_memory_block *blocks) {
    gz_hdf5_scope scope;
    gz_hdf5_enter(&scope);
    hid_t file;
    gz_status status = gz_hdf5_open_file(context, path, H5F_ACC_RDONLY, &file);
    if (status == GZ_OK) status = read_content(context, grid, path, file, state, block_count, blocks);
    if (file >= 0) H5Fclose(file);
    gz_hdf5_leave(&scope);
    return status;
}

/* Choose the newest checkpoint, or the older one if the newest is damaged; *older says which. */
static gz_status choose(gz_context *context, const place *p, bool *older) {
    *older = false;
    gz_status status = gz_checkpoint_verify(context, p->newest);
    if (status != GZ_ERROR_FILES || access(p->older, F_OK) != 0) return status;
    char reason[GZ_LONGEST_MESSAGE];
    snprintf(reason, sizeof reason, "%s", gz_context_message(context));
    *older = true;
    status = gz_checkpoint_verify(context, p->older);
    if (status == GZ_OK)
        gz_fail(context, status, "%s; the one before is used", reason);
    else if (status == GZ_ERROR_FILES)
        status = gz_fail(context, status, "%s; %s", reason, gz_context_message(context));
    return status;
}

gz_status gz_checkpoint_read(gz_context *context, const gz_phase_grid *grid, const char *directory,
                             gz_state *state, size_t block_count, const gz_memory_block *blocks,
                             bool *older) {
    place p;
    *older = false;
    GZ_TRY(gz_agree(context, place_create(context, directory, &p)));
    gz_status status = GZ_ONCE(context, choose(context, &p, older));
    *older = gz_ranks_any(grid->ranks, *older);
    const char *path = *older ? p.older : p.newest;
    if (status == GZ_OK) status = gz_checkpoint_check_ranks(context, path);
    if (status == GZ_OK)
        status = gz_agree(context, read_file(context, grid, path, state, block_count, blocks));
    place_destroy(&p);
    return status;
}

static gz_status read_texts(gz_context *context, const char *path, gz_checkpoint_texts *texts) {
    gz_hdf5_scope scope;
    gz_hdf5_enter(&scope);
    hid_t file;
    gz_status status = gz_hdf5_open_file(context, path, H5F_ACC_RDONLY, &file);
    for (size_t i = 0; i < TEXT_COUNT && status == GZ_OK; i++) {
        char *text = NULL;
        const bool has = H5Aexists(file, TEXT_NAMES[i]) > 0;
        if (!has)
            status = gz_allocate(context, 1, 1, &text);
        else if (gz_hdf5_get_whole_text(context, file, TEXT_NAMES[i], &text) < 0)
            status = gz_hdf5_fail(context, "read", path);
        *text_at(texts, i) = text;
    }
    if (file >= 0) H5Fclose(file);
    gz_hdf5_leave(&scope);
    return status;
}

/* Read the texts of the checkpoint that is to be taken. For the first rank. */
static gz_status read_chosen(gz_context *context, const place *p, gz_checkpoint_texts *texts) {
    bool older = false;
    GZ_TRY(choose(context, p, &older));
    return read_texts(context, older ? p->older : p->newest, texts);
}

gz_status gz_checkpoint_read_texts(gz_context *context, const char *directory, gz_checkpoint_texts *texts) {
    place p;
    *texts = (gz_checkpoint_texts){0};
    GZ_TRY(gz_agree(context, place_create(context, directory, &p)));
    gz_status status = GZ_ONCE(context, read_chosen(context, &p, texts));
    for (size_t i = 0; i < TEXT_COUNT && status == GZ_OK; i++)
        status = gz_first_rank_hands_out(context, GZ_OK, (char **)text_at(texts, i), NULL);
    if (status != GZ_OK) gz_checkpoint_release_texts(texts);
    place_destroy(&p);
    return status;
}

void gz_checkpoint_release_texts(gz_checkpoint_texts *texts) {
    for (size_t i = 0; i < TEXT_COUNT; i++) gz_release((char *)*text_at(texts, i));
    *texts = (gz_checkpoint_texts){0};
}
