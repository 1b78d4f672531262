# Tests of the read side of the log.
foreach(name merkle disclosed)
  pt_test(${name} LAYER audit PRIVATE PkgConfig::JANSSON)
endforeach()
foreach(name note leaf_read tlog proof verify verify_log archive service tool)
  pt_test(${name} LAYER audit TIMEOUT 120
    SOURCES ${PROJECT_SOURCE_DIR}/tests/support/logkit.c ${CMAKE_CURRENT_SOURCE_DIR}/log_files.c
    PRIVATE pt::pki Threads::Threads ${LMDB_LIB})
endforeach()
add_dependencies(test_audit_tool poterne-verify) # it runs the program
pt_fuzz(leaf LAYER audit)
pt_fuzz(note LAYER audit)
pt_fuzz(proof LAYER audit)
pt_fuzz(tile LAYER audit)
