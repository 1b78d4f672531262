# The write side.
set(LOGKIT ${PROJECT_SOURCE_DIR}/tests/support/logkit.c)
foreach(name hash box)
  pt_test(${name} LAYER audit PRIVATE pt::proof)
endforeach()
foreach(name keyring record leaf store journal seal recover)
  pt_test(${name} LAYER audit SOURCES ${LOGKIT} PRIVATE pt::proof pt::pki)
endforeach()
