# Minimisation: tokens, masks, the walk; its fuzz target (against jansson).
foreach(name token mask walk walk_bounds walk_datasets)
  pt_test(${name} LAYER schemas PRIVATE PkgConfig::JANSSON m)
endforeach()
pt_fuzz(walk LAYER schemas PRIVATE PkgConfig::JANSSON m)
