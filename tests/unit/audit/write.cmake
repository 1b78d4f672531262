# The write side.
set(LOGKIT ${PROJECT_SOURCE_DIR}/tests/support/logkit.c)
foreach(name hash box)
  pt_test(${name} LAYER audit)
endforeach()
foreach(name keyring record leaf store idx journal)
  pt_test(${name} LAYER audit SOURCES ${LOGKIT} PRIVATE pt::pki Threads::Threads)
endforeach()
foreach(name seal recover)
  pt_test(${name} LAYER audit TIMEOUT 240
    SOURCES ${LOGKIT} ${CMAKE_CURRENT_SOURCE_DIR}/log_files.c PRIVATE pt::pki Threads::Threads)
endforeach()
pt_test(badisk LAYER audit TIMEOUT 240
  SOURCES ${LOGKIT} ${CMAKE_CURRENT_SOURCE_DIR}/log_files.c
    ${PROJECT_SOURCE_DIR}/tests/support/badisk.c
  PRIVATE pt::pki Threads::Threads)
pt_fuzz(record LAYER audit)
