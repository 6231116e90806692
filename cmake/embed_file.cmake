# embed_file(TARGET NAME FILE): a file of the current folder as a byte array that TARGET
# includes as "NAME.inc", between braces: `static const char text[] = {` ... `};`. Made
# anew when the file changes.
#
# The same script does the work at build time, as `cmake -P` with INPUT and OUTPUT set.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${INPUT} bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(WRITE ${OUTPUT} "${bytes}\n")
  return()
endif()

set(EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(embed_file target name file)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${folder}/${name}.inc
    COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_CURRENT_SOURCE_DIR}/${file}
            -DOUTPUT=${folder}/${name}.inc -P ${EMBED_SCRIPT}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${folder}/${name}.inc)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
