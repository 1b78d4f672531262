pt_test(fetch LAYER gateway SOURCES ${PROJECT_SOURCE_DIR}/tests/support/testpki.c
  PRIVATE PkgConfig::SSL PkgConfig::CRYPTO PkgConfig::CURL Threads::Threads)
