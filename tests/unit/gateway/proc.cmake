foreach(name control settings spawn privilege)
  pt_test(${name} LAYER gateway)
endforeach()
