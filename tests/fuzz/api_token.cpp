// What scripts send beside a command: tokens' scopes, sessions that name a token, ids of the event
// stream.
#include "core/api/http/event_stream.hpp"
#include "core/auth/api_tokens.hpp"

#include <trellis/sdk/error.hpp>

#include <boost/json/parse.hpp>

#include <cstdint>
#include <cstdlib>

using namespace trellis;

namespace {

void require(bool isTrue) {
    if (!isTrue)
        std::abort();
}

void tryScope(std::string_view text) {
    boost::json::error_code failed;
    const auto value = boost::json::parse(text, failed);
    if (failed || !value.is_object())
        return;
    const auto scope = auth::TokenScope::fromJson(value.get_object());
    try {
        scope.check();
    } catch (const sdk::Error&) {
        return;
    }
    // What was taken once is read back as it was.
    require(auth::TokenScope::fromJson(scope.toJson()).commands == scope.commands);
    scope.covers("nodes");
    scope.allowsAddress(*net::Address::parse("192.0.2.1"));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    tryScope(text);
    auth::ApiTokens::nameIn(text);
    auth::ApiTokens::isTokenSession(text);
    if (const auto time = api::timeOfStreamId(text))
        require(*time > 0);
    if (auth::isCommandPattern(text)) {
        auth::TokenScope scope;
        scope.commands.emplace_back(text);
        require(scope.covers(text) || text.back() == '*');
    }
    return 0;
}
