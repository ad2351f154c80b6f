# Installs the library, public headers, program, data, CMake package and pkg-config file. Everything is relocatable.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/grazing")

install(TARGETS grazing-program)
foreach(kind static shared)
  install(TARGETS grazing_${kind} EXPORT ${kind}Targets)
  install(EXPORT ${kind}Targets NAMESPACE grazing:: DESTINATION "${package_dir}")
endforeach()
# The headers that a user includes lie in include/grazing/ without subfolders; they include only each other
# (tests/test_install.sh checks that).
install(FILES ${GRAZING_PUBLIC_HEADERS} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/grazing")
install(DIRECTORY share/grazing/ DESTINATION "${CMAKE_INSTALL_DATADIR}/grazing" USE_SOURCE_PERMISSIONS
        OPTIONAL PATTERN __pycache__ EXCLUDE)
install(FILES LICENSE CITATION.cff CHANGELOG.md CONTRIBUTING.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY examples/ DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" USE_SOURCE_PERMISSIONS)

# --- CMake package ---------------------------------------------------------------------------------------------
configure_package_config_file(cmake/grazingConfig.cmake.in "${GRAZING_GENERATED_DIR}/grazingConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may break programs that use the library.
write_basic_package_version_file("${GRAZING_GENERATED_DIR}/grazingConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${GRAZING_GENERATED_DIR}/grazingConfig.cmake" "${GRAZING_GENERATED_DIR}/grazingConfigVersion.cmake"
              cmake/FindCHOLMOD.cmake
        DESTINATION "${package_dir}")

# --- pkg-config -----------------------------------------------------------------------------------------------
# The libraries that libgrazing uses are listed by name, with -L where the linker does not search by itself. They are not
# in Requires.private, because Debian's lapacke.pc asks for -lgfortran, which only a machine with a Fortran compiler has.
get_target_property(nlopt_library NLopt::nlopt LOCATION)
set(sundials_parts arkode cvode nvecopenmp generic)
if(GRAZING_MPI)
  list(APPEND sundials_parts nvecmpiplusx)
endif()
foreach(part IN LISTS sundials_parts)
  get_target_property(library SUNDIALS::${part}_shared LOCATION)
  list(APPEND sundials_libraries "${library}")
endforeach()
set(hdf5_libraries ${HDF5_C_HL_LIBRARIES} ${HDF5_C_LIBRARIES})
list(FILTER hdf5_libraries INCLUDE REGEX "hdf5[^/]*$")
set(below ${hdf5_libraries} ${FFTW3_LINK_LIBRARIES} ${LAPACKE_LINK_LIBRARIES} ${FYAML_LINK_LIBRARIES} ${CHOLMOD_LIBRARY}
          ${nlopt_library} ${sundials_libraries} ${MPI_C_LIBRARIES})
list(REMOVE_DUPLICATES below)
set(GRAZING_PC_LIBS_PRIVATE "")
foreach(library IN LISTS below)
  get_filename_component(directory "${library}" DIRECTORY)
  get_filename_component(name "${library}" NAME)
  string(REGEX REPLACE "^lib(.*)\\.(so|a|dylib).*$" "\\1" name "${name}")
  if(NOT directory IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES)
    string(APPEND GRAZING_PC_LIBS_PRIVATE "-L${directory} ")
  endif()
  string(APPEND GRAZING_PC_LIBS_PRIVATE "-l${name} ")
endforeach()
foreach(name IN LISTS OpenMP_C_LIB_NAMES ITEMS m)
  string(APPEND GRAZING_PC_LIBS_PRIVATE "-l${name} ")
endforeach()
string(STRIP "${GRAZING_PC_LIBS_PRIVATE}" GRAZING_PC_LIBS_PRIVATE)

file(RELATIVE_PATH GRAZING_PC_PREFIX "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" GRAZING_PC_PREFIX "${GRAZING_PC_PREFIX}")
configure_file(cmake/grazing.pc.in "${GRAZING_GENERATED_DIR}/grazing.pc" @ONLY)
install(FILES "${GRAZING_GENERATED_DIR}/grazing.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
