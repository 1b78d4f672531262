pt_test(policy LAYER policy FOLDER unit/gateway SOURCES config_case.c)
