# folder_library(NAME LINKS...): every .c file of the current folder as one
# static library. Its headers are reached by their path from the top of the
# tree ("classifier/text/span.h"), and only by targets that link it: each
# library publishes an include directory of its own that holds nothing but a
# link to the folder. An include against the arrows thus fails to compile.
function(folder_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  list(FILTER sources EXCLUDE REGEX "/(main|vocabulary_gen)\\.c$")
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(include_dir ${PROJECT_BINARY_DIR}/include/${name})
  get_filename_component(parent ${include_dir}/${folder} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_dir}/${folder} SYMBOLIC)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${include_dir})
  target_link_libraries(${name} PUBLIC ${ARGN})
endfunction()
