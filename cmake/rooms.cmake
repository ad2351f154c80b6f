# The house. A room is one folder, and an object library of its own that sees
#
#   its own headers, those of the rooms it stands ABOVE and of the rooms that these stand above,
#   and the libraries that it USES:
#
# an #include that points up finds no file, so no arrow can run up and no circle can close. PUBLIC_HEADERS are
# installed; what they mark with GZ_API is all that the shared library exports.
#
#   grazing_room(NAME [ABOVE room..] [USES library..] [PUBLIC_HEADERS header..] SOURCES file..)
function(grazing_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "" "" "ABOVE;USES;PUBLIC_HEADERS;SOURCES")
  add_library(room_${name} OBJECT ${room_SOURCES})
  add_dependencies(room_${name} grazing_version)
  target_include_directories(room_${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}")
  foreach(below IN LISTS room_ABOVE)
    # Not target_link_libraries: the compilers need not wait for each other.
    target_include_directories(room_${name} PUBLIC $<TARGET_PROPERTY:room_${below},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  target_link_libraries(room_${name} PRIVATE grazing_flags OpenMP::OpenMP_C ${room_USES})
  list(TRANSFORM room_PUBLIC_HEADERS PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  set_property(GLOBAL APPEND PROPERTY GRAZING_PUBLIC_HEADERS ${room_PUBLIC_HEADERS})
endfunction()
