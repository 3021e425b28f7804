#include "../sin.hpp"

TRELLIS_WRONG_ABI(abi.size = 8)
