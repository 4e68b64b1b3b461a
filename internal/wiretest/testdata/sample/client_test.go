package sample

// Test is not part of the package.
//
// GET /v1/in_a_test, §9.
func Test() {}
