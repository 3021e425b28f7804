#include "webhook.hpp"

TRELLIS_PLUGIN(webhook::Webhook)
