# Datasets: formats, descriptors, catalogue, import, canonical JSON.
foreach(name format jcs dataset catalogue import tool)
  pt_test(${name} LAYER schemas PRIVATE PkgConfig::JANSSON)
endforeach()
foreach(name dataset jcs import)
  pt_fuzz(${name} LAYER schemas)
endforeach()
