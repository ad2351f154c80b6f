# Checks of the source tree (check.sh), of the installation (test_install.sh) and of memory (valgrind.sh) as ctests.
# Checks that build something of their own run only with `ctest -C full`, as tests/run.sh calls ctest.
function(grazing_check name script)
  cmake_parse_arguments(PARSE_ARGV 2 option "" "" "ONLY;ARGUMENTS")
  add_test(NAME ${name} CONFIGURATIONS ${option_ONLY} COMMAND bash "${CMAKE_CURRENT_SOURCE_DIR}/${script}" ${option_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77)
endfunction()

if(NOT GRAZING_SANITIZE)
  foreach(check paths format shell symbols)
    grazing_check(check_${check} check.sh ARGUMENTS ${check} "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  endforeach()
  grazing_check(test_check test_check.sh)
  foreach(check clang tidy cppcheck threads)
    grazing_check(check_${check} check.sh ONLY full ARGUMENTS ${check} "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  endforeach()
  grazing_check(test_mpi mpi.sh ONLY full ARGUMENTS "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  set_tests_properties(test_mpi PROPERTIES LABELS slow TIMEOUT 1500 PROCESSORS 2)
  grazing_check(valgrind valgrind.sh ONLY valgrind full ARGUMENTS "${PROJECT_BINARY_DIR}/mpi")
  grazing_check(fuzz fuzz.sh ONLY full ARGUMENTS 20000 8 "$<TARGET_FILE:grazing-program>")
  set_tests_properties(valgrind PROPERTIES LABELS valgrind DEPENDS test_mpi) # whose build it takes
endif()
# Only a release library is installed: a debug library necessarily holds build paths.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT GRAZING_SANITIZE)
  grazing_check(test_install test_install.sh ARGUMENTS "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}" "${CMAKE_C_COMPILER}")
endif()
# The longest checks begin first, so that no processor waits for them at the end.
foreach(check check_tidy test_mpi fuzz valgrind check_threads)
  if(TEST ${check})
    set_tests_properties(${check} PROPERTIES COST 100)
  endif()
endforeach()
if(TEST test_mpi) # for whose build valgrind waits
  set_tests_properties(test_mpi PROPERTIES COST 200)
endif()
grazing_check(test_pictures test_pictures.sh ARGUMENTS "$<TARGET_FILE:grazing-program>" "${PROJECT_SOURCE_DIR}")
set_tests_properties(test_pictures PROPERTIES LABELS pictures COST 50)
