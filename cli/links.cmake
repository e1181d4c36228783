# links.cmake - aes67-NAME for every row of the command table, in FOLDER.
# Run as: cmake -DAES67=binary -DFOLDER=folder -P links.cmake
# SPDX-License-Identifier: MIT
execute_process(COMMAND ${AES67} help --names
  OUTPUT_VARIABLE names COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" names "${names}")
foreach(name ${names})
  file(CREATE_LINK aes67 ${FOLDER}/aes67-${name} SYMBOLIC)
endforeach()
