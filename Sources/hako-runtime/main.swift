print("hako-runtime")
