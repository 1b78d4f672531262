pt_test(metrics LAYER gateway)
