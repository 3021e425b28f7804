/// `/userimage.ashx[?id=<name>]`: the picture of an account.
#pragma once

#include "core/api/context.hpp"
#include "core/api/http/caller.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

/// One's own, and those of accounts that one may see as a user manager. Everything else, an account
/// without a picture too, is 404, so that nobody learns names here (control-protocol 11, 16).
[[nodiscard]] net::Registration mountUserImage(net::Router& router, Context& context,
                                               const HttpCallers& callers);

} // namespace trellis::api
