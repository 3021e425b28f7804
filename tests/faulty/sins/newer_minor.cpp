#include "../sin.hpp"

TRELLIS_WRONG_ABI(abi.minor = TRELLIS_ABI_MINOR + 1)
