foreach(name fetch fetch_conn fetch_revoked)
  pt_test(${name} LAYER gateway SOURCES ${PROJECT_SOURCE_DIR}/tests/support/testpki.c
    ${PROJECT_SOURCE_DIR}/tests/support/testrevoke.c
    PRIVATE PkgConfig::SSL PkgConfig::CRYPTO PkgConfig::CURL Threads::Threads)
endforeach()
