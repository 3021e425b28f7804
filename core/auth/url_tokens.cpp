#include "core/auth/url_tokens.hpp"

#include "core/model/ids.hpp"
#include "core/store/random.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <unordered_map>

namespace trellis::auth {

namespace {

namespace json = boost::json;
using std::chrono::minutes;

constexpr std::int64_t kFutureS = 30; // control-protocol.md section 1.10
constexpr minutes kAuthAge{60};
constexpr minutes kRelayAuthAge{240};
constexpr std::int64_t kMaxExpireMinutes = 60LL * 24 * 365 * 100; // keeps sums in range
constexpr std::size_t kMaxOnce = 100'000;
constexpr std::string_view kPurposeMember = "purpose";

std::string_view nameOf(Purpose purpose) {
    constexpr std::array<std::string_view, 8> kNames = {"invite",        "download",       "upload",
                                                        "mail-verify",   "password-reset", "share",
                                                        "second-factor", "plugin"};
    return kNames.at(static_cast<std::size_t>(purpose) - 1);
}

/// What a lenient reader of base64 would have looked at (control-protocol.md section 6.3: meshctrl
/// may append `?auth=...` or `?key=...` to the token).
std::string_view tokenPart(std::string_view text) {
    text = text.substr(0, text.find('?'));
    const auto padding = text.find('=');
    if (padding == std::string_view::npos)
        return text;
    const auto end = text.find_first_not_of('=', padding);
    return text.substr(0, end);
}

std::optional<std::int64_t> wholeNumber(const json::object& body, std::string_view key) {
    const auto* value = body.if_contains(key);
    if (value == nullptr)
        return {};
    if (value->is_int64())
        return value->get_int64();
    if (!value->is_double())
        return {};
    const auto number = value->get_double();
    if (!(number >= 0 && number < 9e15))
        return {};
    return static_cast<std::int64_t>(number);
}

std::string textOf(const json::object& body, std::string_view key) {
    const auto* value = body.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

bool hasOnly(const json::object& body, std::initializer_list<std::string_view> allowed) {
    for (const auto& member : body)
        if (std::find(allowed.begin(), allowed.end(), member.key()) == allowed.end())
            return false;
    return true;
}

/// Tokens that were used; each is remembered until it could not be used anyway.
class OnceTable {
public:
    /// False if it was used before, or if the table is full (an unknown token is refused then).
    bool use(const std::string& once, std::int64_t untilS, std::int64_t nowS) {
        const std::lock_guard lock(mutex_);
        if (used_.size() >= kMaxOnce)
            std::erase_if(used_, [&](const auto& entry) { return entry.second < nowS; });
        if (used_.size() >= kMaxOnce)
            return false;
        return used_.emplace(once, untilS).second;
    }

private:
    std::mutex mutex_; // guards used_
    std::unordered_map<std::string, std::int64_t> used_;
};

} // namespace

class UrlTokens::Impl {
public:
    Impl(store::Settings& settings, store::Clock clock)
        : wireKey_(settings.secretOrRandom("auth.login_key", kTokenKeySize)),
          ownKey_(settings.secretOrRandom("auth.token_key", 32)), clock_(std::move(clock)) {}
    ~Impl() {
        store::wipe(wireKey_);
        store::wipe(ownKey_);
    }

    /// HKDF-Expand of RFC 5869 section 2.3, one block: the stored key is random already.
    std::string keyOf(Purpose purpose) const {
        return store::hmacSha256(ownKey_,
                                 "trellis url token " + std::string(nameOf(purpose)) + '\x01');
    }

    std::string make(const std::string& key, json::object body) const {
        body.erase("time");
        body["time"] = nowS(); // last, as the wire has it
        const auto text = json::serialize(body);
        // meshctrl puts the token in place with JavaScript's String.replace, which makes "$" of "$$".
        // Another nonce gives another text; one in thirty has it.
        auto token = sealToken(key, store::randomBytes(12), text);
        for (int left = 100; token.find("$$") != std::string::npos && left > 0; --left)
            token = sealToken(key, store::randomBytes(12), text);
        return token;
    }

    std::optional<json::object> read(const std::string& key, std::string_view token,
                                     minutes maxAge) {
        auto body = openToken(key, tokenPart(token));
        if (!body || !isFresh(*body, maxAge))
            return {};
        return body;
    }

    std::int64_t nowS() const { return clock_() / 1000; }
    const std::string& wireKey() const { return wireKey_; }

    TokenLife tokenLife;

private:
    bool isFresh(const json::object& body, minutes maxAge) {
        const auto time = wholeNumber(body, "time");
        if (!time)
            return false;
        const bool hasOwn = body.contains("expire");
        const auto own = wholeNumber(body, "expire");
        if (hasOwn && (!own || *own < 0))
            return false;
        const auto limit = own ? minutes(std::min(*own, kMaxExpireMinutes)) : maxAge;
        const auto now = nowS();
        if (*time < 0)
            return false;
        auto until = std::min(*time, now + kFutureS) +
                     std::chrono::duration_cast<std::chrono::seconds>(limit).count();
        if (hasOwn && *own == 0)
            until = now + 10LL * 365 * 86400;
        else if (*time > now + kFutureS || now > until)
            return false;
        const auto* once = body.if_contains("once");
        if (once == nullptr)
            return true;
        if (!once->is_string())
            return false;
        const auto text = textOf(body, "once");
        return text.empty() || once_.use(text, until, now);
    }

    std::string wireKey_;
    std::string ownKey_;
    store::Clock clock_;
    OnceTable once_;
};

UrlTokens::UrlTokens(store::Settings& settings, store::Clock clock)
    : impl_(std::make_unique<Impl>(settings, std::move(clock))) {}
UrlTokens::~UrlTokens() = default;

std::string UrlTokens::makeWire(json::object body) const {
    return impl_->make(impl_->wireKey(), std::move(body));
}

std::optional<json::object> UrlTokens::readWire(std::string_view token, minutes maxAge) {
    return impl_->read(impl_->wireKey(), token, maxAge);
}

std::string UrlTokens::makeAuth(std::string_view userId, std::string_view address,
                                std::string_view loginToken) const {
    json::object body{
        {"userid", userId}, {"domainid", model::domainOf(userId)}, {"ip", address}};
    if (!loginToken.empty())
        body["lt"] = loginToken;
    return makeWire(std::move(body));
}

void UrlTokens::setTokenLife(TokenLife life) {
    impl_->tokenLife = std::move(life);
}

std::optional<UrlTokens::AuthBody> UrlTokens::readAuth(std::string_view token,
                                                       std::string_view domain) {
    const auto body = readWire(token, kAuthAge);
    if (!body || !hasOnly(*body, {"userid", "domainid", "ip", "time", "expire", "once", "lt"}))
        return {};
    const auto user = model::parseId(model::IdKind::User, textOf(*body, "userid"));
    if (!user || user->domain != domain || !body->contains("domainid") ||
        textOf(*body, "domainid") != domain)
        return {};
    const auto* made = body->if_contains("time");
    const std::int64_t madeS = made && made->is_int64() ? made->get_int64() : 0;
    AuthBody found{user->text(), textOf(*body, "ip"), madeS};
    if (!body->contains("lt"))
        return found;
    found.loginToken = textOf(*body, "lt");
    const auto life = impl_->tokenLife;
    const auto until = life ? life(found.userId, found.loginToken) : std::nullopt;
    if (!until)
        return {};
    found.expiresMs = *until;
    return found;
}

std::string UrlTokens::makeLoginLink(std::string_view userId) const {
    return makeWire({{"u", userId}, {"a", 3}});
}

std::optional<UrlTokens::AuthBody> UrlTokens::readLoginLink(std::string_view token,
                                                            std::string_view domain) {
    const auto body = readWire(token, kAuthAge);
    if (!body || !hasOnly(*body, {"u", "a", "time", "expire", "once"}))
        return {};
    const auto* kind = body->if_contains("a");
    const auto user = model::parseId(model::IdKind::User, textOf(*body, "u"));
    if (!kind || *kind != 3 || !user || user->domain != domain)
        return {};
    const auto* made = body->if_contains("time");
    const std::int64_t madeS = made && made->is_int64() ? made->get_int64() : 0;
    return AuthBody{user->text(), "", madeS};
}

std::string UrlTokens::makeRelayAuth(std::string_view userId, std::string_view loginId) const {
    return makeWire({{"ruserid", userId}, {"x", loginId}});
}

std::optional<std::string> UrlTokens::readRelayAuth(std::string_view token) {
    const auto body = readWire(token, kRelayAuthAge);
    if (!body || !hasOnly(*body, {"ruserid", "x", "time", "expire", "once"}))
        return {};
    const auto user = model::parseId(model::IdKind::User, textOf(*body, "ruserid"));
    if (!user)
        return {};
    return user->text();
}

std::string UrlTokens::loginKeyHex() const {
    return store::hex(impl_->wireKey());
}

std::string UrlTokens::make(Purpose purpose, json::object body, minutes lifetime) const {
    body[kPurposeMember] = nameOf(purpose);
    body["expire"] = std::max<std::int64_t>(1, lifetime.count());
    return impl_->make(impl_->keyOf(purpose), std::move(body));
}

std::optional<json::object> UrlTokens::read(Purpose purpose, std::string_view token) {
    auto body = impl_->read(impl_->keyOf(purpose), token, minutes(0));
    if (!body || textOf(*body, kPurposeMember) != nameOf(purpose))
        return {};
    return body;
}

} // namespace trellis::auth
