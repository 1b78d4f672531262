# The stages, their errors, the link to the scribe.
pt_test(errors LAYER gateway PRIVATE PkgConfig::JANSSON)
add_dependencies(test_gateway_errors poterned)
pt_test(link LAYER gateway)
