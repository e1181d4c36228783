# texts.cmake - files as C: OUT gets a NUL-terminated array for each NAME=FILE.
# Run as: cmake -DOUT=file.c -DHEADER=name.h -P texts.cmake NAME=FILE...
# SPDX-License-Identifier: MIT
set(c "/* Generated. */\n#include \"${HEADER}\"\n")
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE 1 ${last})
  if(CMAKE_ARGV${i} MATCHES "^([a-z_]+)=(.+)$")
    set(name ${CMAKE_MATCH_1})
    file(READ ${CMAKE_MATCH_2} hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," hex "${hex}")
    string(APPEND c "const char ${name}[] = {${hex}0};\n")
  endif()
endforeach()
file(WRITE ${OUT} "${c}")
