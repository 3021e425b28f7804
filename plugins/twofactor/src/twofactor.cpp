/// The second factor of accounts: asks for the code of an authenticator app or a backup code once
/// the password was right, at every door, and lets people set both up (control-protocol
/// specification, sections 1.8 and 3.8).
#include <algorithm>
#include <chrono>
#include <string>

#include <trellis/sdk/plugin.hpp>
#include <trellis/wire/percent.hpp>

#include "backup_codes.hpp"
#include "remembered.hpp"
#include "totp.hpp"

namespace {
using namespace trellis::sdk;
using trellis::twofactor::Authenticator;
using trellis::twofactor::BackupCodes;
using trellis::twofactor::RememberedDevices;

// Names of the factors on the wire, section 5.2.
constexpr const char* kAuthenticator = "otpsecret";
constexpr const char* kBackup = "otpkeys";
// Ours: the wire keeps no list of remembered devices.
constexpr const char* kRemembered = "remembered_devices";

// Numbers of the events' texts, section 3.8.
namespace message {
constexpr int kAuthenticatorAdded = 90;
constexpr int kAuthenticatorRemoved = 91;
constexpr int kCodesMade = 92;
constexpr int kCodesRemoved = 93;
} // namespace message

constexpr std::size_t kMaxToken = 128;
constexpr std::string_view kCookie = "cookie="; // section 1.8: what twoFactorCookie gave

std::int64_t nowS() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string textOf(const json::object& from, const char* key) {
    const auto* value = from.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool names(const json::object& facts, const char* factor) {
    const auto* list = facts.if_contains("factors");
    return list && list->is_array() &&
           std::any_of(list->get_array().begin(), list->get_array().end(),
                       [factor](const auto& item) { return item == factor; });
}

/// As people type it: "123 456".
std::string withoutSpaces(std::string text) {
    std::erase(text, ' ');
    return text;
}

bool isNumber(const std::string& text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

class TwoFactor final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.options(Schema::object().prop(
            "issuer", Schema::string().format(Format::Line).range(1, 64).byDefault("Trellis"),
            "Name under which authenticator apps show this server."));
        reg.decision("login.step", 100, [this](const Request& request, const json::object& facts) {
            return decide(request, facts);
        });
        describeAccount(reg);
        reg.ui({.id = "account",
                .slot = UiSlot::SettingsPage,
                .title = "twofactor.title",
                .icon = "twofactor.svg",
                .module = "twofactor.js"});
    }

    void configure(const Options& options) override { issuer_ = options.text("issuer"); }

    void start(Host& host) override {
        host_ = &host;
        accepted_ = &host.counter("twofactor_accepted_total", "Second factors that were right");
        refused_ = &host.counter("twofactor_refused_total", "Second factors that were wrong");
    }

private:
    // ---- signing in ----------------------------------------------------------------------------

    Decision decide(const Request& request, const json::object& facts) {
        const auto* demanded = facts.if_contains("isDemanded");
        if (!demanded || !demanded->is_bool() || !demanded->get_bool())
            return Decision::Abstain;
        const bool hasApp = names(facts, kAuthenticator), hasCodes = names(facts, kBackup);
        if (!hasApp && !hasCodes)
            return Decision::Abstain; // another plugin's, or nobody's
        const auto token = withoutSpaces(textOf(facts, "secondFactor").substr(0, kMaxToken));
        // "**email**" and the like ask for a code to be sent, which is not done here.
        if (token.empty() || token.starts_with("**"))
            return Decision::NeedMore;
        const auto& user = request.caller.userId;
        // One that is not known is no guess at a code: it has expired, or was forgotten.
        if (token.starts_with(kCookie))
            return isRemembered(user, token.substr(kCookie.size())) ? Decision::Allow
                                                                    : Decision::NeedMore;
        const bool isRight = isNumber(token) && ((hasApp && acceptsApp(user, token)) ||
                                                 (hasCodes && acceptsBackup(user, token)));
        (isRight ? accepted_ : refused_)->add();
        return isRight ? Decision::Allow : Decision::Deny;
    }

    /// In one transaction with the step's record: the same code at two doors opens one.
    bool acceptsApp(const std::string& user, const std::string& code) {
        if (code.size() != 6)
            return false;
        bool isRight = false;
        host_->changeFactor(user, kAuthenticator, [&](Factor& factor) {
            auto authenticator = Authenticator::parse(factor.secret);
            isRight = !factor.secret.empty() && authenticator.accept(code, nowS());
            if (isRight)
                factor.secret = authenticator.text();
        });
        return isRight;
    }

    bool acceptsBackup(const std::string& user, const std::string& code) {
        if (code.size() != BackupCodes::kDigits)
            return false;
        bool isRight = false;
        host_->changeFactor(user, kBackup, [&](Factor& factor) {
            auto codes = BackupCodes::parse(factor.secret);
            isRight = codes.use(code);
            if (isRight)
                store(codes, factor);
        });
        return isRight;
    }

    bool isRemembered(const std::string& user, const std::string& cookie) {
        const auto stored = host_->factor(user, kRemembered);
        return stored && RememberedDevices::parse(stored->secret, nowS()).knows(cookie);
    }

    static void store(const BackupCodes& codes, Factor& factor) {
        factor.secret = codes.text();
        factor.isDemanded = false; // section 1.8: they alone ask for nothing
        factor.shown = codes.hasUnused() ? 1 : 0;
    }

    // ---- the own account -----------------------------------------------------------------------

    /// Each under the wire's name, and under one of ours for the page and the REST interface.
    void describeAccount(Registrar& reg) {
        using Handler = SimpleCommandHandler;
        const auto own = [&](const char* wire, const char* name, const char* summary,
                             const Schema& args, const Handler& handler) {
            CommandSpec spec{.name = name,
                             .summary = summary,
                             .args = args,
                             .result = Schema::any(),
                             .audited = true};
            reg.command(spec, handler);
            spec.name = wire;
            spec.args.allowUnknown();
            spec.shape = ReplyShape::Wire;
            reg.command(std::move(spec), handler);
        };
        own("otpauth-request", "twofactor.propose",
            "A new secret for an authenticator app; nothing is stored.", Schema::object(),
            [this](const Request& r, const json::object&) { return propose(r); });
        own("otpauth-setup", "twofactor.setup", "Stores a secret once a code of it was typed.",
            Schema::object()
                .prop("secret", Schema::string().range(16, 256).secret(), "As it was proposed.")
                .prop("token", Schema::string().range(1, 16).secret(), "The app's code.")
                .required({"secret", "token"}),
            [this](const Request& r, const json::object& args) { return setUp(r, args); });
        own("otpauth-clear", "twofactor.clear", "Removes the authenticator app from the account.",
            Schema::object(), [this](const Request& r, const json::object&) { return clear(r); });
        own("otpauth-getpasswords", "twofactor.codes",
            "Shows the backup codes, makes new ones or removes them.",
            Schema::object().prop("subaction", Schema::integer().range(0, 2),
                                  "1: new ones; 2: none."),
            [this](const Request& r, const json::object& args) { return backupCodes(r, args); });
        own("twoFactorCookie", "twofactor.remember",
            "What this device shows instead of a code for 30 days: `cookie=<it>`.",
            Schema::object(),
            [this](const Request& r, const json::object&) { return remember(r); });
        // Security keys are another's; who asks which there are is told that there are none.
        reg.command({.name = "otp-hkey-get",
                     .summary = "Lists the security keys of the own account; there are none here.",
                     .args = Schema::object().allowUnknown(),
                     .result = Schema::any(),
                     .shape = ReplyShape::Wire},
                    Handler([](const Request&, const json::object&) {
                        return json::object{{"keys", json::array()}};
                    }));
        reg.command(
            {.name = "twofactor.state",
             .summary = "Whether the own account has an authenticator app and backup codes.",
             .args = Schema::object(),
             .result = Schema::object()
                           .prop("hasApp", Schema::boolean(), "An app is set up.")
                           .prop("codesLeft", Schema::integer(), "Unused backup codes.")
                           .prop("mayChange", Schema::boolean(), "The caller may change it.")
                           .required({"hasApp", "codesLeft", "mayChange"})},
            Handler([this](const Request& r, const json::object&) { return state(r); }));
    }

    json::value state(const Request& request) {
        const auto& user = request.caller.userId;
        const auto codes = host_->factor(user, kBackup);
        const auto list = codes ? BackupCodes::parse(codes->secret).list() : json::array();
        const auto left = std::count_if(list.begin(), list.end(),
                                        [](const auto& code) { return code.at("u").as_bool(); });
        return json::object{{"hasApp", host_->factor(user, kAuthenticator).has_value()},
                            {"codesLeft", left},
                            {"mayChange", mayChange(request)}};
    }

    static bool isSettingsLocked(const Caller& caller) {
        return caller.siteRights != site_right::kAdmin &&
               (caller.siteRights & site_right::kLockSettings) != 0;
    }
    /// Whoever signed in with a login token may not take the account over with it.
    static bool mayChange(const Request& request) {
        const auto& caller = request.caller;
        return !caller.userId.empty() && !caller.byLoginToken && !isSettingsLocked(caller);
    }
    static void checkMayChange(const Request& request) {
        if (!mayChange(request))
            throw Error(ErrorCode::Forbidden, "Access denied");
    }

    json::value propose(const Request& request) {
        const auto& caller = request.caller;
        if (caller.byLoginToken)
            return json::object{{"err", 3}};
        if (caller.userId.empty() || isSettingsLocked(caller))
            return json::object{{"err", 5}};
        const auto secret = trellis::twofactor::newSecret();
        const auto issuer = trellis::wire::percentEncode(issuer_);
        return json::object{{"secret", secret},
                            {"url", "otpauth://totp/" + issuer + ":" +
                                        trellis::wire::percentEncode(caller.userName) + "?secret=" + secret +
                                        "&period=30&digits=6&algorithm=SHA1&issuer=" + issuer}};
    }

    json::value setUp(const Request& request, const json::object& args) {
        checkMayChange(request);
        Authenticator authenticator{textOf(args, "secret"), 0};
        const bool isGood = trellis::twofactor::fromBase32(authenticator.base32).has_value() &&
                            authenticator.accept(withoutSpaces(textOf(args, "token")), nowS());
        if (isGood) {
            forgetDevices(request.caller.userId);
            host_->changeFactor(
                request.caller.userId, kAuthenticator,
                [&](Factor& factor) {
                    factor = {authenticator.text(), true, 1};
                },
                message::kAuthenticatorAdded);
        }
        return json::object{{"success", isGood}};
    }

    json::value clear(const Request& request) {
        checkMayChange(request);
        const auto& user = request.caller.userId;
        if (!host_->factor(user, kAuthenticator))
            return json::object{{"success", false}};
        host_->changeFactor(
            user, kAuthenticator, [](Factor& factor) { factor.secret.clear(); },
            message::kAuthenticatorRemoved);
        forgetDevices(user);
        return json::object{{"success", true}};
    }

    json::value remember(const Request& request) {
        const auto& caller = request.caller;
        if (caller.userId.empty() || caller.byLoginToken)
            throw Error(ErrorCode::Forbidden, "Access denied");
        std::string cookie;
        host_->changeFactor(caller.userId, kRemembered, [&](Factor& factor) {
            auto devices = RememberedDevices::parse(factor.secret, nowS());
            cookie = devices.add(nowS());
            factor = {devices.text(), false, -1};
        });
        return json::object{{"cookie", cookie}};
    }

    /// They were let in by the factor that goes.
    void forgetDevices(const std::string& user) {
        if (host_->factor(user, kRemembered))
            host_->changeFactor(user, kRemembered, [](Factor& factor) { factor.secret.clear(); });
    }

    json::value backupCodes(const Request& request, const json::object& args) {
        checkMayChange(request);
        const auto& user = request.caller.userId;
        const auto* wanted = args.if_contains("subaction");
        const auto subaction = wanted && wanted->is_int64() ? wanted->get_int64() : 0;
        if (subaction == 1 && host_->factor(user, kAuthenticator)) {
            const auto codes = BackupCodes::fresh();
            host_->changeFactor(
                user, kBackup, [&](Factor& factor) { store(codes, factor); }, message::kCodesMade);
        } else if (subaction == 2 && host_->factor(user, kBackup)) {
            host_->changeFactor(
                user, kBackup, [](Factor& factor) { factor.secret.clear(); },
                message::kCodesRemoved);
        }
        const auto stored = host_->factor(user, kBackup);
        if (!stored)
            return json::object{{"passwords", nullptr}};
        return json::object{{"passwords", BackupCodes::parse(stored->secret).list()}};
    }

    std::string issuer_;
    Host* host_ = nullptr;
    Counter* accepted_ = nullptr;
    Counter* refused_ = nullptr;
};

} // namespace

TRELLIS_PLUGIN(TwoFactor)
