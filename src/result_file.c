/* Result file: append states to result.h5 so that it is complete at every moment. See result_file.h.
 *
 * Two files of the same content: `result.h5` and its hidden twin. An append writes into the twin, gives it
 * the name result.h5, and then brings the former result.h5, now the twin, to the same content. Where that
 * last part fails (somebody reads the file just then) the twin is dropped and made anew by the next append.
 */
#include "result_file.h"
#include "files.h"
#include "functionals.h"
#include "hdf5_tools.h"
#include "result_layout.h"
#include "result_xdmf.h"

#include <string.h>
#include <unistd.h>

enum { MAX_RANK = 2 + 4 * GZ_MAX_DIM, ALL_COMPONENTS = -1 };

struct gz_result_file {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_result_content content;
    const gz_collision_fields *collision;
    char *path, *twin, *former, *xdmf; /* result.h5, its twin, the twin's next content while names change */
    bool twin_current;                 /* the twin exists and equals result.h5 */
    size_t count;                      /* states in result.h5 */
    size_t time_room;
    double *times;                                           /* [count], room for time_room */
    size_t xdmf_due;                                         /* count at which result.xmf is written again */
    double *cell_density, *cell_velocity, *cell_temperature; /* [cell], [axis][cell], [cell] */
};

/* --- one state into an open file ------------------------------------------------------------------------ */

/* Set the length of a dataset's time axis. */
static herr_t set_count(hid_t file, const char *name, size_t count) {
    hsize_t size[MAX_RANK] = {0};
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(set);
    herr_t done = H5Sget_simple_extent_dims(space, size, NULL) < 0 ? -1 : 0;
    size[0] = count;
    done |= H5Dset_extent(set, size);
    H5Sclose(space);
    H5Dclose(set);
    return done;
}

/* Write the state `index` of a dataset, whose time axis is long enough; of its last axis one component only,
 * or all. */
static herr_t write_slice(hid_t file, const char *name, size_t index, int component, hid_t type,
                          const void *data) {
    hsize_t start[MAX_RANK] = {index}, size[MAX_RANK] = {0};
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(set);
    const int rank = H5Sget_simple_extent_dims(space, size, NULL);
    herr_t done = rank < 0 ? -1 : 0;
    if (rank > 0) {
        size[0] = 1;
        if (component != ALL_COMPONENTS) {
            start[rank - 1] = (hsize_t)component;
            size[rank - 1] = 1;
        }
        done |= H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL);
        const hid_t memory = H5Screate_simple(rank, size, NULL);
        done |= H5Dwrite(set, type, memory, space, H5P_DEFAULT, data);
        H5Sclose(memory);
    }
    H5Sclose(space);
    H5Dclose(set);
    return done;
}

static herr_t write_last(hid_t file, const gz_state *state) {
    const hid_t set = H5Dopen2(file, "f_last", H5P_DEFAULT);
    const hid_t time = H5Aopen(set, "time", H5P_DEFAULT), step = H5Aopen(set, "step", H5P_DEFAULT);
    herr_t done = H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, state->f);
    done |= H5Awrite(time, H5T_NATIVE_DOUBLE, &state->time);
    done |= H5Awrite(step, H5T_NATIVE_LONG, &state->step);
    H5Aclose(step);
    H5Aclose(time);
    H5Dclose(set);
    return done;
}

static herr_t set_all_counts(hid_t file, gz_result_content content, size_t count) {
    herr_t done = set_count(file, "time", count);
    for (size_t i = 0; gz_result_layout_name(content, i); i++)
        done |= set_count(file, gz_result_layout_name(content, i), count);
    return done;
}

static herr_t write_collision(hid_t file, size_t index, const gz_collision_fields *fields) {
    const hid_t number = H5T_NATIVE_DOUBLE;
    herr_t done = write_slice(file, "action_density", index, ALL_COMPONENTS, number, fields->action_density);
    done |= write_slice(file, "divergence", index, ALL_COMPONENTS, number, fields->divergence);
    if (!fields->pairs) return done;
    done |= write_slice(file, "U", index, ALL_COMPONENTS, number, fields->rate.U);
    return done | write_slice(file, "V", index, ALL_COMPONENTS, number, fields->rate.V);
}

static herr_t write_state(const gz_result_file *result, hid_t file, size_t index, const gz_state *state) {
    const size_t cells = result->grid->cell_count;
    const hid_t number = H5T_NATIVE_DOUBLE;
    herr_t done = set_all_counts(file, result->content, index + 1);
    done |= write_slice(file, "time", index, ALL_COMPONENTS, number, &state->time);
    done |= write_slice(file, "step", index, ALL_COMPONENTS, H5T_NATIVE_LONG, &state->step);
    done |= write_slice(file, "density", index, ALL_COMPONENTS, number, result->cell_density);
    done |= write_slice(file, "temperature", index, ALL_COMPONENTS, number, result->cell_temperature);
    for (int a = 0; a < result->grid->velocity_dim; a++)
        done |= write_slice(file, "velocity", index, a, number, result->cell_velocity + (size_t)a * cells);
    if (result->collision) done |= write_collision(file, index, result->collision);
    return done | (result->content.density ? write_slice(file, "f", index, ALL_COMPONENTS, number, state->f)
                                           : write_last(file, state));
}

/* --- the twin ------------------------------------------------------------------------------------------ */

static void drop_twin(gz_result_file *result) {
    unlink(result->twin);
    result->twin_current = false;
}

static gz_status make_twin(gz_result_file *result) {
    unlink(result->twin); /* a reader may still hold it: leave that file alone */
    GZ_TRY(gz_file_copy(result->context, result->path, result->twin));
    result->twin_current = true;
    return GZ_OK;
}

/* Append a state to the twin, or drop the twin. */
static gz_status append_to_twin(gz_result_file *result, size_t index, const gz_state *state) {
    const size_t growth = gz_result_layout_growth(result->grid, result->content);
    gz_status status = gz_file_reserve(result->context, result->twin, growth);
    if (status == GZ_OK) {
        const hid_t file = H5Fopen(result->twin, H5F_ACC_RDWR, H5P_DEFAULT);
        herr_t done = file < 0 ? -1 : write_state(result, file, index, state);
        if (done < 0) status = gz_hdf5_fail(result->context, "write", result->path);
        if (file >= 0 && H5Fclose(file) < 0 && status == GZ_OK)
            status = gz_hdf5_fail(result->context, "write", result->path);
    }
    if (status != GZ_OK) drop_twin(result);
    return status;
}

/* Give the twin the name result.h5; what had it becomes the twin, one state behind. */
static gz_status publish(gz_result_file *result) {
    unlink(result->former);
    const bool kept = link(result->path, result->former) == 0; /* not every file system has links */
    const gz_status status = gz_file_rename(result->context, result->twin, result->path);
    if (status != GZ_OK) {
        unlink(result->former);
        drop_twin(result);
        return status;
    }
    result->twin_current = false;
    if (kept) (void)(rename(result->former, result->twin) == 0 || unlink(result->former));
    return GZ_OK;
}

/* --- the result ------------------------------------------------------------------------------------------
 */

static gz_status remember_time(gz_result_file *result, double time) {
    if (result->count == result->time_room) {
        double *more = NULL;
        const size_t room = 2 * result->time_room + 64;
        GZ_TRY(gz_allocate(result->context, room, sizeof(double), &more));
        if (result->count > 0) memcpy(more, result->times, result->count * sizeof(double));
        gz_release(result->times);
        result->times = more;
        result->time_room = room;
    }
    result->times[result->count] = time;
    return GZ_OK;
}

static gz_status write_xdmf(gz_result_file *result) {
    result->xdmf_due = result->count + 1 + result->count / 16;
    return gz_result_xdmf_write(result->context, result->grid, result->content.density, result->count,
                                result->times, "result.h5", result->xdmf);
}

static gz_status make(gz_context *context, const gz_phase_grid *grid, const gz_result_settings *settings,
                      const char *directory, gz_result_file **result) {
    GZ_TRY(gz_allocate(context, 1, sizeof **result, result));
    gz_result_file *made = *result;
    made->context = context;
    made->grid = grid;
    made->content = gz_result_content_of(settings);
    made->collision = settings->collision;
    GZ_TRY(gz_path_join(context, directory, "result.h5", &made->path));
    GZ_TRY(gz_path_join(context, directory, ".result.h5.twin", &made->twin));
    GZ_TRY(gz_path_join(context, directory, ".result.h5.former", &made->former));
    GZ_TRY(gz_path_join(context, directory, "result.xmf", &made->xdmf));
    const size_t cells = grid->cell_count;
    GZ_TRY(gz_allocate(context, cells, sizeof(double), &made->cell_density));
    GZ_TRY(gz_allocate(context, cells, sizeof(double), &made->cell_temperature));
    GZ_TRY(gz_allocate(context, cells * (size_t)grid->velocity_dim, sizeof(double), &made->cell_velocity));
    unlink(made->former); /* left by a killed run */
    drop_twin(made);
    return GZ_OK;
}

gz_status gz_result_create(gz_context *context, const gz_phase_grid *grid, const gz_result_settings *settings,
                           const char *directory, gz_result_file **result) {
    gz_result_file *made = NULL;
    gz_status status;
    *result = NULL;
    GZ_TRY_ELSE(status, make(context, grid, settings, directory, &made), failed);
    GZ_TRY_ELSE(status, gz_result_layout_write(context, grid, settings, made->path), failed);
    *result = made;
    return GZ_OK;
failed:
    gz_result_destroy(made);
    return status;
}

/* Read time and step of every state and keep those up to last_step. */
static gz_status keep_until(gz_result_file *result, hid_t file, long last_step) {
    const hid_t set = H5Dopen2(file, "step", H5P_DEFAULT), space = H5Dget_space(set);
    const hid_t time = H5Dopen2(file, "time", H5P_DEFAULT), time_space = H5Dget_space(time);
    const hssize_t points = H5Sget_simple_extent_npoints(space);
    const bool even = points >= 0 && points == H5Sget_simple_extent_npoints(time_space);
    const size_t total = even ? (size_t)points : 0;
    long *steps = NULL;
    gz_status status = gz_allocate(result->context, total, sizeof(long), &steps);
    if (status == GZ_OK) status = gz_allocate(result->context, total, sizeof(double), &result->times);
    if (status == GZ_OK) {
        herr_t done = even ? 0 : -1;
        result->time_room = total;
        if (total > 0) {
            done |= H5Dread(set, H5T_NATIVE_LONG, H5S_ALL, H5S_ALL, H5P_DEFAULT, steps);
            done |= H5Dread(time, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, result->times);
        }
        while (done >= 0 && result->count < total && steps[result->count] <= last_step) result->count++;
        if (done >= 0) done |= set_all_counts(file, result->content, result->count);
        if (done < 0) status = gz_hdf5_fail(result->context, "read", result->path);
    }
    gz_release(steps);
    H5Sclose(time_space);
    H5Dclose(time);
    H5Sclose(space);
    H5Dclose(set);
    return status;
}

/* Cut the twin back to last_step and publish it. */
static gz_status cut_after(gz_result_file *result, long last_step) {
    GZ_TRY(make_twin(result));
    GZ_TRY(gz_file_reserve(result->context, result->twin,
                           gz_result_layout_growth(result->grid, result->content)));
    const hid_t file = H5Fopen(result->twin, H5F_ACC_RDWR, H5P_DEFAULT);
    if (file < 0) return gz_hdf5_fail(result->context, "read", result->path);
    gz_status status =
        gz_result_layout_check(result->context, result->grid, result->content, file, result->path);
    if (status == GZ_OK) status = keep_until(result, file, last_step);
    if (H5Fclose(file) < 0 && status == GZ_OK) status = gz_hdf5_fail(result->context, "write", result->path);
    GZ_TRY(status);
    GZ_TRY(gz_file_rename(result->context, result->twin, result->path));
    result->twin_current = false;
    return GZ_OK;
}

gz_status gz_result_resume(gz_context *context, const gz_phase_grid *grid, const gz_result_settings *settings,
                           const char *directory, long last_step, gz_result_file **result) {
    gz_result_file *made = NULL;
    gz_hdf5_scope scope;
    *result = NULL;
    gz_hdf5_enter(&scope);
    gz_status status = make(context, grid, settings, directory, &made);
    if (status == GZ_OK) status = cut_after(made, last_step);
    gz_hdf5_leave(&scope);
    if (status == GZ_OK)
        *result = made;
    else
        gz_result_destroy(made);
    return status;
}

gz_status gz_result_append(gz_result_file *result, const gz_state *state) {
    gz_hdf5_scope scope;
    gz_cell_moments(result->grid, state->f, result->cell_density, result->cell_velocity,
                    result->cell_temperature);
    GZ_TRY(remember_time(result, state->time));
    gz_hdf5_enter(&scope);
    gz_status status = result->twin_current ? GZ_OK : make_twin(result);
    if (status == GZ_OK) status = append_to_twin(result, result->count, state);
    if (status == GZ_OK) status = publish(result);
    if (status == GZ_OK) {
        /* The state is safe: a failure from here on only costs a copy by the next append. */
        result->twin_current =
            access(result->twin, F_OK) == 0 && append_to_twin(result, result->count, state) == GZ_OK;
        result->count++;
    }
    gz_hdf5_leave(&scope);
    if (status == GZ_OK && result->count >= result->xdmf_due) status = write_xdmf(result);
    return status;
}

size_t gz_result_count(const gz_result_file *result) {
    return result->count;
}

gz_status gz_result_finish(gz_result_file *result) {
    drop_twin(result);
    GZ_TRY(gz_file_sync(result->context, result->path));
    return write_xdmf(result);
}

void gz_result_destroy(gz_result_file *result) {
    if (!result) return;
    if (result->twin) drop_twin(result);
    gz_release(result->path);
    gz_release(result->twin);
    gz_release(result->former);
    gz_release(result->xdmf);
    gz_release(result->times);
    gz_release(result->cell_density);
    gz_release(result->cell_velocity);
    gz_release(result->cell_temperature);
    gz_release(result);
}
