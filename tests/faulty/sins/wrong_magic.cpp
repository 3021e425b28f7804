#include "../sin.hpp"

TRELLIS_WRONG_ABI(abi.magic = 0x464C457F)
