# Minimisation: tokens, masks, the walk; its fuzz target (against jansson) and its bench.
foreach(name token mask walk walk_bounds walk_datasets)
  pt_test(${name} LAYER schemas PRIVATE PkgConfig::JANSSON m)
endforeach()
pt_fuzz(walk LAYER schemas PRIVATE PkgConfig::JANSSON m)

if(TARGET pt_schemas)
  add_executable(bench_walk ${PROJECT_SOURCE_DIR}/tests/bench/bench_walk.c)
  target_include_directories(bench_walk PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(bench_walk PRIVATE pt::flags pt::schemas PkgConfig::JANSSON m)
  set_target_properties(bench_walk PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/bench)
endif()
