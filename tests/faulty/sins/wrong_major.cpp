#include "../sin.hpp"

TRELLIS_WRONG_ABI(abi.major = TRELLIS_ABI_MAJOR + 1)
