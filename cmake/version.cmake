# Writes version.h from version.h.in. This runs at configure time and, as the commit may change under a configured build,
# as a script before every build. The file is touched only when its text changes, so that an unchanged commit rebuilds
# nothing. Git is asked for the commit only if the source tree itself is a git checkout: an archive unpacked inside
# somebody else's repository must not report that repository's commit.
#
#   cmake -DSOURCE_DIR=.. -DOUTPUT=../version.h -DGRAZING_VERSION=0.1.0 -DGRAZING_COMPILER="GNU 12.2.0" -P version.cmake

set(GRAZING_COMMIT unknown)
find_program(GIT_EXECUTABLE git)
if(GIT_EXECUTABLE AND EXISTS "${SOURCE_DIR}/.git")
  execute_process(COMMAND "${GIT_EXECUTABLE}" rev-parse --short=12 HEAD WORKING_DIRECTORY "${SOURCE_DIR}"
                  OUTPUT_VARIABLE head OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(GRAZING_COMMIT "${head}")
    execute_process(COMMAND "${GIT_EXECUTABLE}" diff --quiet HEAD -- WORKING_DIRECTORY "${SOURCE_DIR}"
                    OUTPUT_QUIET ERROR_QUIET RESULT_VARIABLE changed)
    if(changed)
      string(APPEND GRAZING_COMMIT "-dirty")
    endif()
  endif()
endif()
configure_file("${SOURCE_DIR}/src/version.h.in" "${OUTPUT}" @ONLY)
