// Texts that name or prove something: ids, cookies, tokens, base64, migrations' SQL.
#include "core/auth/sessions.hpp"
#include "core/auth/throttle.hpp"
#include "core/auth/url_tokens.hpp"
#include "core/model/ids.hpp"
#include "core/model/text.hpp"
#include "core/store/migrations.hpp"
#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <cstdint>
#include <cstdlib>

using namespace trellis;

namespace {

void require(bool isTrue) {
    if (!isTrue)
        std::abort();
}

void tryIds(std::string_view text) {
    if (const auto id = model::parseId(text))
        require(id->text() == text);
    if (const auto full = model::completeId(model::IdKind::Device, "", text))
        require(model::parseId(model::IdKind::Device, *full).has_value());
    if (const auto full = model::completeId(model::IdKind::User, "d", text))
        require(model::parseId(model::IdKind::User, *full).has_value());
    const auto clean = model::cleanText(text, 64);
    require(clean.size() <= 64 && model::isUtf8(clean) && !model::hasControls(clean));
    model::lowerName(text);
    require(auth::addressKey(text).size() <= 64);
}

void tryTokens(std::string_view text) {
    static const std::string key(auth::kTokenKeySize, 'k');
    auth::openToken(key, text);
    // Also with bytes that decrypt to what the fuzzer wants.
    const auto sealed = auth::sealToken(key, std::string(12, 'i'), text);
    if (const auto body = auth::openToken(key, sealed))
        require(sealed.size() <= 4096);
    if (const auto secret = auth::secretFromCookies(text))
        require(secret->size() == 43);
    if (const auto bytes = store::fromBase64(text))
        require(store::base64(*bytes) == text);
    if (const auto bytes = store::fromBase64Url(text))
        require(store::base64Url(*bytes) == text);
    if (const auto bytes = model::fromBase64At(text))
        require(model::base64At(*bytes) == text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    tryIds(text);
    tryTokens(text);
    try {
        store::splitStatements(text);
    } catch (const sdk::Error&) {
        // an open quote or comment
    }
    return 0;
}
