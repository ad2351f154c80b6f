# Checks of the source tree (check.sh), of the installation (test_install.sh) and of memory (valgrind.sh) as ctests.
# Those that build something of their own run only with `ctest -C full`, as tests/run.sh calls it.
function(grazing_check name script)
  cmake_parse_arguments(PARSE_ARGV 2 option "" "" "ONLY;ARGUMENTS")
  add_test(NAME ${name} CONFIGURATIONS ${option_ONLY} COMMAND bash "${CMAKE_CURRENT_SOURCE_DIR}/${script}" ${option_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77)
endfunction()

if(NOT GRAZING_SANITIZE)
  foreach(check paths format shell symbols)
    grazing_check(check_${check} check.sh ARGUMENTS ${check} "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  endforeach()
  foreach(check clang tidy cppcheck threads)
    grazing_check(check_${check} check.sh ONLY full ARGUMENTS ${check} "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  endforeach()
  grazing_check(valgrind valgrind.sh ONLY valgrind full)
  set_tests_properties(valgrind PROPERTIES LABELS valgrind)
endif()
# A debug library is not what gets installed (it holds build paths by nature).
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT GRAZING_SANITIZE)
  grazing_check(test_install test_install.sh ARGUMENTS "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}" "${CMAKE_C_COMPILER}")
endif()
grazing_check(test_pictures test_pictures.sh ARGUMENTS "$<TARGET_FILE:grazing-program>" "${PROJECT_SOURCE_DIR}")
