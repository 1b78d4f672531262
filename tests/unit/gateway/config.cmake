pt_test(config LAYER config FOLDER unit/gateway SOURCES config_case.c)
