#include "../sin.hpp"

TRELLIS_WRONG_ABI(abi.create = []() -> void* { return nullptr; })
