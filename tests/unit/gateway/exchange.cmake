# The stages, their errors, the link to the scribe. The door and the way out are stood in for.
pt_test(errors LAYER gateway PRIVATE PkgConfig::JANSSON)
add_dependencies(test_gateway_errors poterned)
pt_test(link LAYER gateway)
pt_test(exchange LAYER gateway SOURCES config_case.c)
target_link_options(test_gateway_exchange PRIVATE
  LINKER:--wrap=pt_door_reply,--wrap=pt_fetch_start,--wrap=pt_fetch_response,--wrap=pt_fetch_free)
