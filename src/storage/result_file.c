/* Result file: append states to result.h5 so that the file is complete at every moment.
 *
 * There are two files of the same content, `result.h5` and its hidden twin. An append writes into the twin
 * and gives it the name result.h5. The former result.h5 becomes the twin and is then brought to the same
 * content. If that last part fails (somebody reads the file just then), the twin is dropped, and the next
 * append makes a new one. Where several ranks share the cells, the first rank does everything that concerns
 * whole files, and each rank writes its slab of the states.
 */
#include "result_file.h"
#include "files.h"
#include "functionals.h"
#include "hdf5_doors.h"
#include "hdf5_shared.h"
#include "hdf5_tools.h"
#include "result_layout.h"
#include "result_write.h"
#include "result_xdmf.h"

#include <string.h>
#include <unistd.h>

struct gz_result_file {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_result_content content;
    gz_result_values values;           /* beside f itself */
    char *path, *twin, *former, *xdmf; /* former: name of the old result.h5 while names change */
    bool twin_current;                 /* the twin exists and has the content of result.h5 */
    size_t count;                      /* number of states in result.h5 */
    size_t time_room;
    double *times;   /* [count], room for time_room */
    size_t xdmf_due; /* the next count to write result.xmf at */
};

/* --- the twin ------------------------------------------------------------------------------------------ */

static bool first_rank(const gz_result_file *result) {
    return gz_ranks_own(result->grid->ranks) == 0;
}

static void drop_twin(gz_result_file *result) {
    if (first_rank(result)) unlink(result->twin);
    result->twin_current = false;
}

static gz_status make_twin(gz_result_file *result) {
    if (first_rank(result)) unlink(result->twin); /* a new file, since a reader may still hold the old one */
    GZ_TRY(GZ_ONCE(result->context, gz_file_copy(result->context, result->path, result->twin)));
    result->twin_current = true;
    return GZ_OK;
}

/* Append a state to the twin. If this fails, the twin is dropped. */
static gz_status append_to_twin(gz_result_file *result, size_t index, const gz_state *state) {
    const size_t growth = gz_result_layout_growth(result->grid, result->content);
    gz_status status = GZ_ONCE(result->context, gz_file_reserve(result->context, result->twin, growth));
    if (status == GZ_OK) {
        const gz_result_target to = {result->grid, gz_hdf5_open_shared(result->grid->ranks, result->twin),
                                     index};
        const herr_t done =
            to.file < 0 ? -1 : gz_result_write_state(&to, result->content, &result->values, state);
        if (done < 0) status = gz_hdf5_fail(result->context, "write", result->path);
        if (to.file >= 0 && H5Fclose(to.file) < 0 && status == GZ_OK)
            status = gz_hdf5_fail(result->context, "write", result->path);
        status = gz_agree(result->context, status);
    }
    if (status != GZ_OK) drop_twin(result);
    return status;
}

/* Give the twin the name result.h5. The former result.h5 becomes the twin. Only the first rank does this. What follows
 * the exchange is for file systems that have none. */
static gz_status publish(gz_result_file *result) {
    if (gz_file_exchange(result->twin, result->path)) return GZ_OK;
    unlink(result->former);
    const bool kept = link(result->path, result->former) == 0; /* not every file system has links */
    const gz_status status = gz_file_rename(result->context, result->twin, result->path);
    if (status != GZ_OK) {
        unlink(result->former);
        drop_twin(result);
        return status;
    }
    if (kept) (void)(rename(result->former, result->twin) == 0 || unlink(result->former));
    return GZ_OK;
}

/* --- the result ----------------------------------------------------------------------------------------- */

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
    return GZ_ONCE(result->context,
                   gz_result_xdmf_write(result->context, result->grid, result->content.density, result->count,
                                        result->times, "result.h5", result->xdmf));
}

static gz_status make(gz_context *context, const gz_phase_grid *grid, const gz_result_settings *settings,
                      const char *directory, gz_result_file **result) {
    GZ_TRY(gz_allocate(context, 1, sizeof **result, result));
    gz_result_file *made = *result;
    made->context = context;
    made->grid = grid;
    made->content = gz_result_content_of(settings);
    made->values = (gz_result_values){.field = settings->field, .collision = settings->collision};
    GZ_TRY(gz_path_join(context, directory, "result.h5", &made->path));
    GZ_TRY(gz_path_join(context, directory, ".result.h5.twin", &made->twin));
    GZ_TRY(gz_path_join(context, directory, ".result.h5.former", &made->former));
    GZ_TRY(gz_path_join(context, directory, "result.xmf", &made->xdmf));
    const size_t cells = grid->cell_count;
    GZ_TRY(gz_allocate(context, cells, sizeof(double), &made->values.density));
    GZ_TRY(gz_allocate(context, cells, sizeof(double), &made->values.temperature));
    GZ_TRY(gz_allocate(context, cells * (size_t)grid->velocity_dim, sizeof(double), &made->values.velocity));
    if (settings->field)
        GZ_TRY(gz_allocate(context, cells * (size_t)grid->space_dim, sizeof(double), &made->values.packed));
    if (first_rank(made)) unlink(made->former); /* left by a killed run */
    drop_twin(made);
    return GZ_OK;
}

gz_status gz_result_create(gz_context *context, const gz_phase_grid *grid, const gz_result_settings *settings,
                           const char *directory, gz_result_file **result) {
    gz_result_file *made = NULL;
    gz_status status;
    *result = NULL;
    GZ_TRY_ELSE(status, gz_agree(context, make(context, grid, settings, directory, &made)), failed);
    GZ_TRY_ELSE(status, GZ_ONCE(context, gz_result_layout_write(context, grid, settings, made->path)),
                failed);
    *result = made;
    return GZ_OK;
failed:
    gz_result_destroy(made);
    return status;
}

static gz_status check(gz_context *context, const gz_phase_grid *grid, const gz_result_settings *settings,
                       const char *path) {
    gz_hdf5_scope scope;
    gz_hdf5_enter(&scope);
    hid_t file;
    gz_status status = gz_hdf5_open_file(context, path, H5F_ACC_RDONLY, &file);
    if (status == GZ_OK) status = gz_result_layout_check(context, grid, settings, file, path);
    if (file >= 0) H5Fclose(file);
    gz_hdf5_leave(&scope);
    return status;
}

gz_status gz_result_check(gz_context *context, const gz_phase_grid *grid, const gz_result_settings *settings,
                          const char *directory) {
    char *path = NULL;
    GZ_TRY(gz_agree(context, gz_path_join(context, directory, "result.h5", &path)));
    const gz_status status = GZ_ONCE(context, check(context, grid, settings, path));
    gz_release(path);
    return status;
}

/* Read time and step of every state, and keep the states up to last_step. */
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
        if (done >= 0) done |= gz_result_set_counts(file, result->content, result->count);
        if (done < 0) status = gz_hdf5_fail(result->context, "read", result->path);
    }
    gz_release(steps);
    H5Sclose(time_space);
    H5Dclose(time);
    H5Sclose(space);
    H5Dclose(set);
    return status;
}

/* Cut the twin back to last_step and give it the name result.h5. Only the first rank does this. */
static gz_status cut_after(gz_result_file *result, const gz_result_settings *settings, long last_step) {
    GZ_TRY(gz_file_reserve(result->context, result->twin,
                           gz_result_layout_growth(result->grid, result->content)));
    hid_t file;
    GZ_TRY(gz_hdf5_open_file(result->context, result->twin, H5F_ACC_RDWR, &file));
    gz_status status = gz_result_layout_check(result->context, result->grid, settings, file, result->path);
    if (status == GZ_OK) status = keep_until(result, file, last_step);
    if (status == GZ_OK && gz_result_layout_describe(result->context, settings, file) < 0)
        status = gz_hdf5_fail(result->context, "write", result->path);
    if (H5Fclose(file) < 0 && status == GZ_OK) status = gz_hdf5_fail(result->context, "write", result->path);
    GZ_TRY(status);
    return gz_file_rename(result->context, result->twin, result->path);
}

/* Give all ranks the number of states and the times that the first rank has read. */
static gz_status share_times(gz_result_file *result) {
    const gz_ranks *ranks = result->grid->ranks;
    gz_status status = GZ_OK;
    result->twin_current = false;
    gz_ranks_broadcast(ranks, 0, sizeof result->count, &result->count);
    if (!first_rank(result)) {
        result->time_room = result->count;
        status = gz_allocate(result->context, result->count, sizeof(double), &result->times);
    }
    GZ_TRY(gz_agree(result->context, status));
    gz_ranks_broadcast(ranks, 0, result->count * sizeof(double), result->times);
    return GZ_OK;
}

gz_status gz_result_resume(gz_context *context, const gz_phase_grid *grid, const gz_result_settings *settings,
                           const char *directory, long last_step, gz_result_file **result) {
    gz_result_file *made = NULL;
    gz_hdf5_scope scope;
    *result = NULL;
    gz_hdf5_enter(&scope);
    gz_status status = gz_agree(context, make(context, grid, settings, directory, &made));
    if (status == GZ_OK) status = make_twin(made);
    if (status == GZ_OK) status = GZ_ONCE(context, cut_after(made, settings, last_step));
    if (status == GZ_OK) status = share_times(made);
    gz_hdf5_leave(&scope);
    if (status == GZ_OK)
        *result = made;
    else
        gz_result_destroy(made);
    return status;
}

gz_status gz_result_append(gz_result_file *result, const gz_state *state) {
    gz_hdf5_scope scope;
    gz_cell_moments(result->grid, state->f, result->values.density, result->values.velocity,
                    result->values.temperature);
    GZ_TRY(gz_agree(result->context, remember_time(result, state->time)));
    gz_hdf5_enter(&scope);
    gz_status status = result->twin_current ? GZ_OK : make_twin(result);
    if (status == GZ_OK) status = append_to_twin(result, result->count, state);
    if (status == GZ_OK) status = GZ_ONCE(result->context, publish(result));
    if (status == GZ_OK) {
        /* The state is safe. If the rest fails, the next append only has to copy the file. */
        const bool there = !first_rank(result) || access(result->twin, F_OK) == 0;
        result->twin_current =
            gz_ranks_all(result->grid->ranks, there) && append_to_twin(result, result->count, state) == GZ_OK;
        result->count++;
    } else {
        result->twin_current = false;
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
    GZ_TRY(GZ_ONCE(result->context, gz_file_trim(result->context, result->path)));
    GZ_TRY(GZ_ONCE(result->context, gz_file_sync(result->context, result->path)));
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
    gz_release(result->values.density);
    gz_release(result->values.velocity);
    gz_release(result->values.temperature);
    gz_release(result->values.packed);
    gz_release(result);
}
