#include "webhooks.hpp"

TRELLIS_PLUGIN(webhooks::Webhooks)
