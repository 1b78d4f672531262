foreach(name fetch fetch_conn)
  pt_test(${name} LAYER gateway SOURCES ${PROJECT_SOURCE_DIR}/tests/support/testpki.c
    PRIVATE PkgConfig::SSL PkgConfig::CRYPTO PkgConfig::CURL Threads::Threads)
endforeach()
