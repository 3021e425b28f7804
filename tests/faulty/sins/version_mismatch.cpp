#include "../sin.hpp"

TRELLIS_WRONG_ABI(abi.version = "9.9.9")
