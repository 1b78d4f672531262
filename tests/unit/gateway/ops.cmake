pt_test(metrics LAYER gateway)
pt_test(calendar LAYER gateway SOURCES config_case.c)
