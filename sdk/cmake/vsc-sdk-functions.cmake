# vsc-sdk-functions.cmake - what makes a stranger's module well behaved.
# SPDX-License-Identifier: MIT

# vsc_add_module(NAME SOURCE...): NAME.so, no lib prefix, hidden visibility,
# every symbol resolved at link time and bound at load time, and not writable by
# others: the engine does not load a file, or from a folder, that others may
# write to, whatever the umask was.
function(vsc_add_module name)
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so"
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  if(TARGET vsc-sdk::vsc-sdk)
    target_link_libraries(${name} PRIVATE vsc-sdk::vsc-sdk)
  endif()
  target_link_libraries(${name} PRIVATE m)
  target_compile_features(${name} PRIVATE c_std_11)
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  if(CMAKE_C_COMPILER_ID STREQUAL "Clang" AND
     CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 20)
    # VSC_RT becomes something that the compiler proves.
    target_compile_options(${name} PRIVATE -Wfunction-effects)
  endif()
  if(NOT APPLE AND NOT VSC_SANITIZE) # a sanitizer's symbols are in the program
    target_link_options(${name} PRIVATE -Wl,-z,now -Wl,-z,defs)
  endif()
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND chmod go-w $<TARGET_FILE:${name}> $<TARGET_FILE_DIR:${name}>
    VERBATIM)
endfunction()
