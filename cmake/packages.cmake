# The libraries that tierd leans on, each as an imported target.
#
# Debian 12 ships llhttp only as C sources (package node-llhttp); newer
# distributions ship a libllhttp. Either way strict mode is asked for: the
# lenient build accepts two request-smuggling forms.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)

find_path(SVM_INCLUDE_DIR svm.h PATH_SUFFIXES libsvm REQUIRED)
find_library(SVM_LIBRARY svm REQUIRED)
add_library(tierd_libsvm INTERFACE)
target_include_directories(tierd_libsvm SYSTEM INTERFACE ${SVM_INCLUDE_DIR})
target_link_libraries(tierd_libsvm INTERFACE ${SVM_LIBRARY})

find_path(LINEAR_INCLUDE_DIR linear.h PATH_SUFFIXES liblinear REQUIRED)
find_library(LINEAR_LIBRARY linear REQUIRED)
add_library(tierd_liblinear INTERFACE)
target_include_directories(tierd_liblinear SYSTEM INTERFACE ${LINEAR_INCLUDE_DIR})
target_link_libraries(tierd_liblinear INTERFACE ${LINEAR_LIBRARY})

pkg_check_modules(LLHTTP QUIET IMPORTED_TARGET libllhttp)
add_library(tierd_llhttp INTERFACE)
if(LLHTTP_FOUND)
  target_link_libraries(tierd_llhttp INTERFACE PkgConfig::LLHTTP)
else()
  find_path(LLHTTP_INCLUDE_DIR llhttp.h PATH_SUFFIXES llhttp PATHS /usr/share/include REQUIRED)
  find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp REQUIRED)
  add_library(tierd_llhttp_sources STATIC
              ${LLHTTP_SOURCE_DIR}/api.c ${LLHTTP_SOURCE_DIR}/http.c ${LLHTTP_SOURCE_DIR}/llhttp.c)
  target_include_directories(tierd_llhttp_sources SYSTEM PUBLIC ${LLHTTP_INCLUDE_DIR})
  target_compile_definitions(tierd_llhttp_sources PRIVATE LLHTTP_STRICT_MODE=1)
  target_compile_options(tierd_llhttp_sources PRIVATE -w)
  target_link_libraries(tierd_llhttp INTERFACE tierd_llhttp_sources)
endif()
