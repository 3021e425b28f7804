#include "../sin.hpp"

TRELLIS_WRONG_ABI(abi.toolchain = "gcc99-cxx11abi0-boost9.9-poco9.9")
