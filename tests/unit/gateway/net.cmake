pt_test(http1 LAYER gateway)
pt_test(http1_reply LAYER gateway)
