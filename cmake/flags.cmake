# flags.cmake - the warnings, hardening and sanitizers that all our code has.
# SPDX-License-Identifier: MIT
add_library(vsc-flags INTERFACE)
target_compile_options(vsc-flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wformat=2
  -fno-common -fno-math-errno -fno-trapping-math)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  target_compile_options(vsc-flags INTERFACE -Wno-gnu-statement-expression -Wno-format-nonliteral)
else()
  # Messages are cut on purpose where their buffers end.
  target_compile_options(vsc-flags INTERFACE -Wno-format-nonliteral
    -Wno-format-truncation)
endif()
if(VSC_WERROR)
  target_compile_options(vsc-flags INTERFACE -Werror)
endif()
target_compile_definitions(vsc-flags INTERFACE _POSIX_C_SOURCE=200809L
  # Apple's flock and the like, and POSIX's name for a field of stat.
  $<$<BOOL:${APPLE}>:_DARWIN_C_SOURCE>
  $<$<BOOL:${APPLE}>:st_ctim=st_ctimespec>)
target_include_directories(vsc-flags INTERFACE
  ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/sdk/include)

if(VSC_SANITIZE)
  target_compile_options(vsc-flags INTERFACE -fsanitize=${VSC_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(vsc-flags INTERFACE -fsanitize=${VSC_SANITIZE})
else()
  target_compile_options(vsc-flags INTERFACE -fstack-protector-strong)
  target_compile_definitions(vsc-flags INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  if(NOT APPLE)
    target_link_options(vsc-flags INTERFACE -Wl,-z,relro -Wl,-z,now)
  endif()
endif()

# What runs on the audio thread keeps its promise at compile time, where the
# compiler knows how (clang 20 and later). Tests fake it with what may block.
add_library(vsc-effects INTERFACE)
if(CMAKE_C_COMPILER_ID MATCHES "Clang" AND
   CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 20)
  target_compile_options(vsc-effects INTERFACE -Wfunction-effects)
endif()
