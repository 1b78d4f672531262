pt_test(http1 LAYER gateway)
pt_test(http1_reply LAYER gateway)
pt_test(door LAYER gateway SOURCES door_fixture.c PRIVATE PkgConfig::SSL PkgConfig::CRYPTO)
