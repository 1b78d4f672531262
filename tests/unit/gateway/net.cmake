pt_test(http1 LAYER gateway)
pt_test(http1_reply LAYER gateway)
pt_test(http1_response LAYER gateway)
pt_test(loop LAYER gateway)
pt_test(door LAYER gateway SOURCES door_fixture.c PRIVATE PkgConfig::SSL PkgConfig::CRYPTO)
foreach(name tls tls_profile tls_context door_tls door_warm)
  pt_test(${name} LAYER gateway
    SOURCES door_fixture.c tls_fixture.c ${PROJECT_SOURCE_DIR}/tests/support/testpki.c
    PRIVATE PkgConfig::SSL PkgConfig::CRYPTO)
endforeach()
