/* XDMF: regular meshes (3DCoRectMesh), and for each state a hyperslab of the datasets in result.h5. */
#include "result_xdmf.h"
#include "files.h"
#include "plain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_AXES = 4 };

/* A regular mesh, outermost axis first. */
typedef struct mesh {
    int rank;
    size_t points[MAX_AXES];
    double origin[MAX_AXES], spacing[MAX_AXES];
} mesh;

static void add_axis(mesh *m, size_t points, double origin, double spacing) {
    m->points[m->rank] = points;
    m->origin[m->rank] = origin;
    m->spacing[m->rank++] = spacing;
}

/* The mesh of the corners of the x cells. */
static mesh space_mesh(const gz_phase_grid *grid) {
    mesh made = {.rank = 0};
    for (int a = grid->space_dim; a < 3; a++) add_axis(&made, 2, 0, grid->length[0] / 10);
    for (int a = 0; a < grid->space_dim; a++)
        add_axis(&made, grid->cells[a] + 1, 0, grid->length[a] / (double)grid->cells[a]);
    return made;
}

/* The mesh of the nodes of (x, v). */
static mesh phase_mesh(const gz_phase_grid *grid) {
    mesh made = {.rank = 0};
    for (int a = grid->space_dim + grid->velocity_dim; a < 3; a++) add_axis(&made, 1, 0, 1);
    for (int a = 0; a < grid->space_dim; a++) {
        const double size = grid->length[a] / (double)grid->cells[a];
        add_axis(&made, grid->cells[a], size / 2, size);
    }
    for (int a = 0; a < grid->velocity_dim; a++)
        add_axis(&made, grid->nodes, -grid->half_width, grid->spacing);
    return made;
}

static void print_sizes(FILE *out, size_t count, const size_t *sizes) {
    for (size_t i = 0; i < count; i++) fprintf(out, "%s%zu", i > 0 ? " " : "", sizes[i]);
}

static void print_numbers(FILE *out, const double *numbers) {
    fprintf(out, "        <DataItem Dimensions=\"3\">%.17g %.17g %.17g</DataItem>\n", numbers[0], numbers[1],
            numbers[2]);
}

static void open_grid(FILE *out, const char *name, double time, const mesh *m) {
    fprintf(out, "    <Grid Name=\"%s\" GridType=\"Uniform\">\n      <Time Value=\"%.17g\"/>\n", name, time);
    fprintf(out, "      <Topology TopologyType=\"3DCoRectMesh\" Dimensions=\"");
    print_sizes(out, 3, m->points);
    fprintf(out, "\"/>\n      <Geometry GeometryType=\"ORIGIN_DXDYDZ\">\n");
    print_numbers(out, m->origin);
    print_numbers(out, m->spacing);
    fprintf(out, "      </Geometry>\n");
}

/* What an attribute shows: the block of size `part` that begins at `start` in the dataset `set`. */
typedef struct slab {
    const char *set;
    size_t rank, sizes[2 * MAX_AXES], start[2 * MAX_AXES], part[2 * MAX_AXES];
} slab;

static void print_slab(FILE *out, const char *name, const char *center, const mesh *m, const slab *s,
                       const char *result) {
    size_t shown[3];
    for (int a = 0; a < 3; a++)
        shown[a] = center[0] == 'C' ? m->points[a] - 1 : m->points[a]; /* center is Cell or Node */
    fprintf(out, "      <Attribute Name=\"%s\" AttributeType=\"Scalar\" Center=\"%s\">\n", name, center);
    fprintf(out, "        <DataItem ItemType=\"HyperSlab\" Dimensions=\"");
    print_sizes(out, 3, shown);
    fprintf(out, "\">\n          <DataItem Dimensions=\"3 %zu\">", s->rank);
    print_sizes(out, s->rank, s->start);
    for (size_t i = 0; i < s->rank; i++) fprintf(out, " 1");
    fputc(' ', out);
    print_sizes(out, s->rank, s->part);
    fprintf(
        out,
        "</DataItem>\n          <DataItem Format=\"HDF\" NumberType=\"Float\" Precision=\"8\" Dimensions=\"");
    print_sizes(out, s->rank, s->sizes);
    fprintf(out, "\">%s:/%s</DataItem>\n        </DataItem>\n      </Attribute>\n", result, s->set);
}

/* State `index` of the `count` states along the time axis. The other axes are added later. */
static slab slab_at(const char *set, size_t index, size_t count) {
    return (slab){.set = set, .rank = 1, .sizes = {count}, .start = {index}, .part = {1}};
}

static void add_slab_axis(slab *s, size_t size, size_t start, size_t part) {
    s->sizes[s->rank] = size;
    s->start[s->rank] = start;
    s->part[s->rank++] = part;
}

/* The axes of a species and of x. */
static void add_space(const gz_phase_grid *grid, size_t species, slab *s) {
    if (grid->mixture) add_slab_axis(s, grid->species_count, species, 1);
    for (int a = 0; a < grid->space_dim; a++) add_slab_axis(s, grid->cells[a], 0, grid->cells[a]);
}

/* "density", or in a mixture "density_ions". */
enum { NAME = 32 + GZ_SPECIES_NAME };
static const char *name_of(const gz_phase_grid *grid, size_t species, const char *set, char name[NAME]) {
    snprintf(name, NAME, "%s%s%s", set, grid->mixture ? "_" : "", grid->species[species].name);
    return name;
}

static void print_moments_of(FILE *out, const gz_phase_grid *grid, size_t species, size_t index, size_t count,
                             const char *result) {
    static const char *const scalars[] = {"density", "temperature"};
    const mesh m = space_mesh(grid);
    char name[NAME], axis[32];
    for (int i = 0; i < 2; i++) {
        slab s = slab_at(scalars[i], index, count);
        add_space(grid, species, &s);
        print_slab(out, name_of(grid, species, scalars[i], name), "Cell", &m, &s, result);
    }
    for (size_t a = 0; a < (size_t)grid->velocity_dim; a++) {
        snprintf(axis, sizeof axis, "velocity_%zu", a + 1);
        slab s = slab_at("velocity", index, count);
        add_space(grid, species, &s);
        add_slab_axis(&s, (size_t)grid->velocity_dim, a, 1);
        print_slab(out, name_of(grid, species, axis, name), "Cell", &m, &s, result);
    }
}

static void print_moments(FILE *out, const gz_phase_grid *grid, size_t count, const double *times,
                          const char *result) {
    const mesh m = space_mesh(grid);
    for (size_t k = 0; k < count; k++) {
        open_grid(out, "moments", times[k], &m);
        for (size_t s = 0; s < grid->species_count; s++) print_moments_of(out, grid, s, k, count, result);
        fprintf(out, "    </Grid>\n");
    }
}

/* Print one state of f: an entry of f[time,..], or f_last if the set of `s` is f_last. */
static void print_density(FILE *out, const gz_phase_grid *grid, double time, slab s, const char *result) {
    const mesh m = phase_mesh(grid);
    char name[NAME];
    open_grid(out, "f", time, &m);
    for (size_t k = 0; k < grid->species_count; k++) {
        slab of = s;
        add_space(grid, k, &of);
        for (int a = 0; a < grid->velocity_dim; a++) add_slab_axis(&of, grid->nodes, 0, grid->nodes);
        print_slab(out, name_of(grid, k, "f", name), "Node", &m, &of, result);
    }
    fprintf(out, "    </Grid>\n");
}

static void print_densities(FILE *out, const gz_phase_grid *grid, bool density, size_t count,
                            const double *times, const char *result) {
    if (!density)
        print_density(out, grid, times[count - 1], (slab){.set = "f_last"}, result);
    else
        for (size_t k = 0; k < count; k++) print_density(out, grid, times[k], slab_at("f", k, count), result);
}

static void print_all(FILE *out, const gz_phase_grid *grid, bool density, size_t count, const double *times,
                      const char *result) {
    static const char open_series[] =
        "  <Grid Name=\"%s\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
    fprintf(out, "<?xml version=\"1.0\"?>\n<Xdmf Version=\"3.0\"><Domain>\n");
    if (grid->space_dim > 0 && count > 0) {
        fprintf(out, open_series, "moments");
        print_moments(out, grid, count, times, result);
        fprintf(out, "  </Grid>\n");
    }
    if (grid->space_dim + grid->velocity_dim <= 3 && count > 0) {
        fprintf(out, open_series, "f");
        print_densities(out, grid, density, count, times, result);
        fprintf(out, "  </Grid>\n");
    }
    fprintf(out, "</Domain></Xdmf>\n");
}

gz_status gz_result_xdmf_write(gz_context *context, const gz_phase_grid *grid, bool density, size_t count,
                               const double *times, const char *result, const char *path) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) return gz_fail_file(context, "write", path, errno);
    const gz_plain plain = gz_plain_enter();
    print_all(out, grid, density, count, times, result);
    gz_plain_leave(&plain);
    gz_status status = GZ_OK;
    if (fclose(out) != 0) status = gz_fail_file(context, "write", path, errno);
    if (status == GZ_OK) status = gz_file_write(context, path, text, size);
    free(text);
    return status;
}

/* The length of the text with so many states. */
static gz_status measure(gz_context *context, const gz_phase_grid *grid, bool density, size_t count,
                         size_t *size) {
    static const double TIMES[] = {0.123, 0.456};
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (!out) return gz_fail(context, GZ_ERROR_MEMORY, "out of memory");
    print_all(out, grid, density, count, TIMES, "result.h5");
    const bool written = fclose(out) == 0;
    free(text);
    return written ? GZ_OK : gz_fail(context, GZ_ERROR_MEMORY, "out of memory");
}

gz_status gz_result_xdmf_size(gz_context *context, const gz_phase_grid *grid, bool density, double states,
                              double *bytes) {
    size_t one = 0, two = 0;
    GZ_TRY(measure(context, grid, density, 1, &one));
    GZ_TRY(measure(context, grid, density, 2, &two));
    *bytes = (double)one + (states - 1) * (double)(two - one);
    return GZ_OK;
}
