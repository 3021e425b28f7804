#include "../sin.hpp"

TRELLIS_WRONG_ABI(abi.id = "someone_else")
