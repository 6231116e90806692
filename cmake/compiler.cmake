# Warnings, hardening, link-time optimisation and sanitizers, for gcc and clang.
add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wconversion
                    -Wmissing-prototypes -Wvla -Wpointer-arith -Wundef)
add_compile_options(-fno-math-errno -ffp-contract=off -fstack-protector-strong)
add_compile_definitions(_GNU_SOURCE TIERD_VERSION="${PROJECT_VERSION}")

if(TIERD_SANITIZE)
  add_compile_options(-fsanitize=${TIERD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TIERD_SANITIZE})
else()
  add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()

# Counts which lines ran; several threads count at once. `./dev coverage` reads it.
if(TIERD_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

if(TIERD_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT ipo_supported OUTPUT ipo_why LANGUAGES C)
  if(ipo_supported)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  else()
    message(STATUS "Link-time optimisation is not available: ${ipo_why}")
  endif()
endif()
