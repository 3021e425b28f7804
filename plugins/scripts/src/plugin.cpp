#include "scripts.hpp"

TRELLIS_PLUGIN(scripts::Scripts)
