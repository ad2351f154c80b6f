# The sources are a house of rooms. A room is one folder and one object library, which sees
#
#   its own headers, the headers of the rooms it stands ABOVE, and of all rooms that these stand above,
#   and the libraries that it USES.
#
# An #include of a header from a higher room therefore finds no file, and rooms cannot depend on each other in a circle.
# PUBLIC_HEADERS are installed; the shared library exports only what they mark with GZ_API.
#
#   grazing_room(NAME [ABOVE room..] [USES library..] [PUBLIC_HEADERS header..] SOURCES file..)
function(grazing_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "" "" "ABOVE;USES;PUBLIC_HEADERS;SOURCES")
  add_library(room_${name} OBJECT ${room_SOURCES})
  add_dependencies(room_${name} grazing_version)
  target_include_directories(room_${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}")
  foreach(below IN LISTS room_ABOVE)
    # Not target_link_libraries: with it, a room would be compiled only after the rooms below it.
    target_include_directories(room_${name} PUBLIC $<TARGET_PROPERTY:room_${below},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  target_link_libraries(room_${name} PRIVATE grazing_flags OpenMP::OpenMP_C ${room_USES})
  list(TRANSFORM room_PUBLIC_HEADERS PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  set_property(GLOBAL APPEND PROPERTY GRAZING_PUBLIC_HEADERS ${room_PUBLIC_HEADERS})
endfunction()
