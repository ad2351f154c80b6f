/* Command plot: pictures from results. share/grazing/plot.py draws them, so that no plotting library is part
 * of the program.
 */
#include "data_path.h"
#include "files.h"
#include "folder.h"
#include "program.h"
#include "python.h"
#include "relaxation.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { DECAY_WORD = 100 };

static const gz_option own_options[] = {
    {"format", "png|svg", "of the pictures; default png"},
    {.name = NULL},
};

static gz_status check(gz_context *context, const gz_options *options, const char *format) {
    if (options->setting_count > 0)
        return gz_fail(context, GZ_ERROR_USAGE, "plot reads no deck, so --set %s has nothing to change",
                       options->settings[0]);
    if (format && strcmp(format, "png") != 0 && strcmp(format, "svg") != 0)
        return gz_fail(context, GZ_ERROR_USAGE, "--format %s: it must be png or svg", format);
    return GZ_OK;
}

/* Write the rate at which a run relaxes as an option for plot.py, "--decay=RATE,BEGIN,END"; "" if it has
 * none. A history that cannot be read is left to plot.py, which says so. */
static gz_status find_decay(gz_context *context, const char *directory, char word[DECAY_WORD]) {
    char *path = NULL;
    gz_history *history = NULL;
    gz_relaxation fit;
    word[0] = 0;
    GZ_TRY(gz_path_join(context, directory, "history.csv", &path));
    gz_status status = gz_history_read(context, path, &history);
    gz_release(path);
    if (status != GZ_OK) return status == GZ_ERROR_FILES ? GZ_OK : status;
    const double mass = history->row_count > 0 ? gz_history_value(history, 0, "mass") : 0;
    status = gz_relaxation_of(context, history, mass, &fit);
    gz_history_destroy(history);
    if (status == GZ_OK && gz_relaxation_falls(&fit))
        snprintf(word, DECAY_WORD, "--decay=%.4g,%.17g,%.17g", fit.rate, fit.begin, fit.end);
    return status;
}

static gz_status draw(gz_context *context, const gz_options *options, const char *script) {
    const char *format = gz_options_value(options, "format"), *out = gz_options_value(options, "out");
    char decay[DECAY_WORD] = "";
    const char **words = NULL;
    size_t count = 0;
    if (options->argument_count == 1) GZ_TRY(find_decay(context, options->arguments[0], decay));
    GZ_TRY(gz_allocate(context, options->argument_count + 8, sizeof *words, &words));
    if (format) words[count++] = "--format", words[count++] = format;
    if (out) words[count++] = "--out", words[count++] = out;
    if (gz_options_has(options, "quiet")) words[count++] = "--quiet";
    if (gz_options_has(options, "overwrite")) words[count++] = "--overwrite";
    if (decay[0]) words[count++] = decay;
    words[count++] = "--";
    for (size_t i = 0; i < options->argument_count; i++) words[count++] = options->arguments[i];
    const gz_status status = gz_python_run(context, script, count, words);
    gz_release(words);
    return status;
}

/* Lock the folder of the pictures against another `plot`. A run may go on there. */
static gz_status lock(gz_context *context, const gz_options *options, gz_folder *folder) {
    const char *out = gz_options_value(options, "out");
    const bool own = !out && options->argument_count == 1;
    GZ_TRY(gz_folder_of(context,
                        out   ? out
                        : own ? options->arguments[0]
                              : "plot",
                        GZ_LOCK_OF_PICTURES, folder));
    return gz_folder_lock(context, folder, !own);
}

static gz_status run(gz_context *context, const gz_options *options) {
    char *script = NULL;
    gz_folder folder = {0};
    GZ_TRY(check(context, options, gz_options_value(options, "format")));
    GZ_TRY(gz_data_path(context, "plot.py", &script));
    gz_status status = lock(context, options, &folder);
    if (status == GZ_OK) status = draw(context, options, script);
    gz_folder_close(&folder);
    gz_release(script);
    return status;
}

const gz_command gz_command_plot = {
    .name = "plot",
    .summary = "draw pictures from results",
    .arguments = "DIR...",
    .least = 1,
    .most = SIZE_MAX,
    .options = own_options,
    .help =
        "Each DIR is what `grazing run`, `converge` or `compare` wrote; also one that is still being "
        "written, or was killed.\n\n"
        "  entropy       H and D in time\n"
        "  relaxation    relative entropy to the discrete equilibrium, and the rate at which it falls\n"
        "  defect        |J| a step: filled points J >= 0, hollow ones J < 0\n"
        "  conservation  relative drifts of mass, momentum and energy\n"
        "  error         distance to the exact solution, where it is known\n"
        "  moments       second moments in time, profiles of density, temperature and velocity in x\n"
        "  slices        f, or its marginal, at several times, and its tail\n"
        "  overview      the most telling ones together\n"
        "  converge      errors of a ladder with its order as a triangle; compare: error against work; "
        "budget\n\n"
        "Pictures of one DIR go into it and replace older ones; those of several, overlaid in time, go into "
        "./plot (or --out DIR).\n"
        "A folder other than DIR itself that holds such pictures is refused without --overwrite. Of a long "
        "history those rows are\n"
        "drawn that a picture can show, all extremes among them.\n"
        "Needs Python 3 with numpy, h5py and matplotlib: $GRAZING_PYTHON, python3 or /usr/bin/python3.",
    .run = run,
};
