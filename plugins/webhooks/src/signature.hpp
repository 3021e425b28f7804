/// How a receiver knows that a request is ours and fresh.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace webhooks {

/// Value of `Trellis-Signature`: "t=<seconds since 1970>,v1=<hex>", where v1 is the HMAC-SHA-256
/// (RFC 2104) with the subscription's secret over "<t>.<body>". `t` is the time of the attempt: a
/// receiver refuses what is older than it likes (5 minutes is usual).
std::string signatureOf(std::string_view secret, std::int64_t seconds, std::string_view body);

/// "whsec_" and 64 hex digits. Throws std::runtime_error when there are none.
std::string newSecret();
/// 16 hex digits.
std::string newId();

} // namespace webhooks
