#include "core/takeover/options.hpp"

#include "core/config/config.hpp"
#include "core/config/server_schema.hpp"
#include "core/model/text.hpp"
#include "core/takeover/members.hpp"
#include "core/takeover/option_texts.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <cctype>

namespace trellis::takeover {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::size_t kMaxNesting = 32;

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

json::value asMeshCentralReads(const json::value& value) {
    if (!value.is_object())
        return value;
    json::object result;
    for (const auto& member : value.get_object())
        if (!member.key().starts_with("_"))
            result[lower(member.key())] = asMeshCentralReads(member.value());
    return result;
}

[[noreturn]] void failAt(std::string_view text, std::size_t at, const std::string& why) {
    const auto before = text.substr(0, std::min(at, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto start = before.rfind('\n');
    const auto column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
    throw Error(ErrorCode::InvalidArgument,
                "config.json:" + std::to_string(line) + ":" + std::to_string(column) + ": " + why);
}

/// Collects what has an equivalent; each value is tried against the schema, so that one which is
/// out of range is told of rather than written.
class Taker {
public:
    Taker(Report& report, json::object& values) : report_(report), values_(values) {}

    void set(const std::string& origin, const char* section, const char* key, json::value value) {
        json::object trial = values_;
        json::object part;
        if (const auto* had = objectOf(values_, section))
            part = *had;
        part[key] = std::move(value);
        trial[section] = part;
        json::value checked = trial;
        std::vector<sdk::Problem> problems;
        if (config::serverSchema().checkAndFill(checked, problems))
            values_[section] = std::move(part);
        else
            report_.option(origin, "not taken: " + problems.front().message);
    }
    void left(const std::string& origin, std::string_view sentence) {
        report_.option(model::cleanText(origin, 200), std::string(sentence));
    }

private:
    Report& report_;
    json::object& values_;
};

/// Values that are good alone and not together ("agents.ping_s must be less than
/// agents.idle_timeout_s") would keep the server from starting: what is complained of is left, or
/// its whole section when the complaint is about a default beside it.
void leaveContradictions(json::object& values, Taker& taker) {
    for (;;) {
        const auto checked = config::checkServer(config::loadText(yamlOf(values, {}), "config.json"));
        if (checked.config)
            return;
        bool isLess = false;
        for (const auto& finding : checked.report.errors) {
            const auto dot = finding.path.find('.');
            const auto section = values.find(finding.path.substr(0, dot));
            if (section == values.end())
                continue;
            taker.left(finding.path, "not taken: " + finding.problem);
            auto& members = section->value().as_object();
            const auto member = members.find(dot == std::string::npos ? "" : finding.path.substr(dot + 1));
            if (member == members.end())
                values.erase(section);
            else
                members.erase(member);
            isLess = true;
        }
        if (!isLess) // nothing of ours: defaults and environment contradict each other
            return;
    }
}

struct Number {
    const char* key; ///< in lower case
    const char* section;
    const char* name;
    std::int64_t factor = 1; ///< units of ours in one of theirs
};
constexpr Number kSettingNumbers[] = {
    {"agentping", "agents", "ping_s"},
    {"agentidletimeout", "agents", "idle_timeout_s"},
    {"sessiontime", "login", "session_max_s", 60},
};
constexpr Number kDomainNumbers[] = {
    {"usersessionidletimeout", "login", "session_idle_s", 60},
};

template <std::size_t N>
bool takeNumber(const Number (&table)[N], const std::string& prefix, const json::object& from,
                std::string_view key, Taker& taker) {
    for (const auto& entry : table) {
        if (key != entry.key)
            continue;
        taker.set(prefix + entry.key, entry.section, entry.name,
                  numberOf(from, entry.key) * entry.factor);
        return true;
    }
    return false;
}

/// "a, b" or ["a", "b"].
std::vector<std::string> listOf(const json::object& from, std::string_view key) {
    if (auto texts = textsOf(from, key); !texts.empty())
        return texts;
    std::vector<std::string> result;
    std::string part;
    for (const char c : textOf(from, key) + ',') {
        if (c != ',' && c != ' ')
            part += c;
        else if (!part.empty())
            result.push_back(std::exchange(part, {}));
    }
    return result;
}

bool isTruthy(const json::object& from, std::string_view key) {
    const auto* value = from.if_contains(key);
    if (value == nullptr || value->is_null())
        return false;
    if (value->is_bool())
        return value->get_bool();
    return value->is_number() ? numberOf(from, key) != 0 : true;
}

class SettingsReader {
public:
    SettingsReader(const json::object& settings, const std::string& certificateName, Taker& taker,
                   Options& options)
        : from_(settings), certificateName_(certificateName), taker_(taker), options_(options) {}

    void read() {
        takeName();
        takePorts();
        for (const auto& member : from_)
            takeOne(std::string(member.key()));
    }

private:
    void takeName() {
        auto name = textOf(from_, "cert");
        name = name.substr(0, name.find(','));
        if (name.empty() && certificateName_.find('.') != std::string::npos)
            name = certificateName_;
        if (!name.empty())
            taker_.set("settings.cert", "server", "name", json::value(lower(name)));
    }
    /// Their defaults differ from ours, and agents come to the old port.
    void takePorts() {
        const bool hasPort = from_.contains("port"), hasRedirect = from_.contains("redirport");
        const auto port = hasPort ? numberOf(from_, "port") : 443;
        taker_.set("settings.port", "server", "port", port);
        taker_.set("settings.redirport", "server", "redirect_port",
                   hasRedirect ? numberOf(from_, "redirport") : 80);
        const auto alias = numberOf(from_, "aliasport");
        const auto* server = objectOf(options_.values, "server");
        const auto name = server == nullptr ? std::string() : textOf(*server, "name");
        if (alias != 0 && alias != port && !name.empty())
            taker_.set(
                "settings.aliasport", "server", "public_url",
                json::value("https://" + name + (alias == 443 ? "" : ":" + std::to_string(alias))));
    }
    void takeOne(const std::string& key) {
        const auto origin = "settings." + key;
        if (key == "cert" || key == "port" || key == "redirport" || key == "aliasport")
            return;
        if (takeNumber(kSettingNumbers, "settings.", from_, key, taker_))
            return;
        if (key == "portbind") {
            taker_.set(origin, "server", "bind", json::array{textOf(from_, key)});
        } else if (key == "trustedproxy" || key == "tlsoffload") {
            takeProxies(key);
        } else if (key == "maxinvalidlogin") {
            takeThrottle();
        } else if (key == "dbexpire") {
            takeExpiry();
        } else if (key == "allowlogintoken") {
            taker_.set(origin, "login", "links", isTruthy(from_, key));
        } else if (key == "interusermessaging") {
            takeMessaging();
        } else if (key == "noagentupdate" && isTruthy(from_, key)) {
            taker_.set(origin, "agents", "update", false);
        } else if (key == "logincookieencryptionkey") {
            options_.loginKeyHex = textOf(from_, key);
        } else if (key == "prometheus") {
            taker_.left(origin, "metrics are at /metrics for this machine; see telemetry.metrics");
        } else {
            takeRest(key);
        }
    }
    void takeRest(const std::string& key) {
        for (const auto* store : {"mongodb", "mariadb", "mysql", "postgres", "sqlite3", "acebase"})
            if (key == store && isTruthy(from_, key))
                options_.otherStore = key;
        if (key == "publicpushnotifications")
            options_.factors.push = isTruthy(from_, key);
        taker_.left("settings." + key, settingText(key));
    }
    void takeProxies(const std::string& key) {
        const auto list = listOf(from_, key);
        if (list.empty()) {
            taker_.left("settings." + key,
                        "give the proxy's address as server.trusted_proxies; the "
                        "server itself always speaks TLS");
            return;
        }
        taker_.set("settings." + key, "server", "trusted_proxies",
                   json::array(list.begin(), list.end()));
    }
    void takeThrottle() {
        const auto* limit = objectOf(from_, "maxinvalidlogin");
        if (limit == nullptr) {
            taker_.left("settings.maxinvalidlogin", "throttling of sign-ins can't be switched off");
            return;
        }
        const auto take = [&](const char* key, const char* name, std::int64_t factor) {
            if (const auto number = numberOf(*limit, key); number > 0)
                taker_.set(std::string("settings.maxinvalidlogin.") + key, "login", name,
                           number * factor);
        };
        take("time", "window_s", 60);
        take("count", "max_failures", 1);
        take("coolofftime", "lock_s", 60);
        if (limit->contains("exclude"))
            taker_.left("settings.maxinvalidlogin.exclude", "no address is left out of throttling");
    }
    void takeExpiry() {
        constexpr std::int64_t kDay = 24 * 3600;
        const auto* expiry = objectOf(from_, "dbexpire");
        if (expiry == nullptr)
            return;
        if (const auto seconds = numberOf(*expiry, "events"); seconds > 0)
            taker_.set("settings.dbexpire.events", "database", "keep_events_days",
                       (seconds + kDay - 1) / kDay);
        for (const auto* key : {"powerevents", "statsevents"})
            if (expiry->contains(key))
                taker_.left(std::string("settings.dbexpire.") + key,
                            "power states are kept 10 days");
    }
    void takeMessaging() {
        const auto list = textsOf(from_, "interusermessaging");
        if (list.empty() && !isTruthy(from_, "interusermessaging"))
            return;
        taker_.set("settings.interusermessaging", "server", "user_messages",
                   list.empty() ? json::array{"*"} : json::array(list.begin(), list.end()));
    }

    const json::object& from_;
    const std::string& certificateName_;
    Taker& taker_;
    Options& options_;
};

void takePasswordRules(const json::object& rules, Taker& taker, Options& options) {
    const auto isOn = [&](const char* key) { return !rules.contains(key) || isTruthy(rules, key); };
    options.factors.mail = options.factors.mail && isOn("email2factor");
    options.factors.sms = options.factors.sms && isOn("sms2factor");
    options.factors.messaging = options.factors.messaging && isOn("msg2factor");
    options.factors.push = options.factors.push && isOn("push2factor");
    for (const auto& member : rules) {
        const std::string key(member.key());
        const auto origin = "domain.passwordrequirements." + key;
        if (key == "min")
            taker.set(origin, "login", "password_min_length",
                      std::max<std::int64_t>(8, numberOf(rules, key)));
        else if (key == "skip2factor" || key == "force2factor" || key == "lock2factor")
            taker.left(origin, "who has a second factor is always asked for it, nobody else is");
        else if (key.find("2f") != std::string::npos || key.find("fido") != std::string::npos ||
                 key.find("factor") != std::string::npos)
            taker.left(origin, "second factors are the plugin twofactor's");
        else
            taker.left(origin, "passwords are judged by length and by a list of common ones");
    }
}

void takeDomain(const json::object& domain, Taker& taker, Options& options) {
    for (const auto& member : domain) {
        const std::string key(member.key());
        const auto origin = "domain." + key;
        if (takeNumber(kDomainNumbers, "domain.", domain, key, taker))
            continue;
        if (key == "title")
            taker.set(origin, "server", "title", json::value(textOf(domain, key)));
        else if (key == "passwordrequirements" && member.value().is_object())
            takePasswordRules(member.value().get_object(), taker, options);
        else if (key == "limits" && member.value().is_object()) {
            for (const auto& limit : member.value().get_object()) {
                const auto& limits = member.value().get_object();
                const auto number = numberOf(limits, limit.key());
                if (limit.key() == "maxsingleusersessions")
                    taker.set(origin + ".maxsingleusersessions", "limits", "sessions_per_user",
                              number);
                else if (limit.key() == "maxagentsessions")
                    taker.set(origin + ".maxagentsessions", "agents", "max_agents", number);
                else
                    taker.left(origin + "." + std::string(limit.key()), "no such limit here");
            }
        } else
            taker.left(origin, domainText(key));
    }
}

void takeDomains(const json::object& config, Taker& taker, Options& options) {
    const auto* domains = objectOf(config, "domains");
    if (domains == nullptr)
        return;
    for (const auto& member : *domains) {
        const auto* domain = member.value().if_object();
        if (domain != nullptr && member.key().empty())
            takeDomain(*domain, taker, options);
        else if (domain != nullptr)
            options.domains.push_back(model::cleanText(member.key(), 64));
    }
}

} // namespace

json::object parseMeshConfig(std::string_view text) {
    if (text.size() > kMaxConfigBytes)
        throw Error(ErrorCode::InvalidArgument, "config.json: larger than 4 MiB");
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    json::parse_options options;
    options.max_depth = kMaxNesting;
    json::stream_parser parser({}, options);
    boost::system::error_code problem;
    const auto used = parser.write_some(text.data(), text.size(), problem);
    if (!problem)
        parser.finish(problem);
    if (problem)
        failAt(text, used, "not JSON: " + problem.message());
    const auto rest = text.substr(used);
    if (rest.find_first_not_of(" \t\r\n") != std::string_view::npos)
        failAt(text, used, "expected the end of the file");
    auto value = parser.release();
    if (!value.is_object())
        failAt(text, 0, "expected an object");
    return asMeshCentralReads(value).get_object();
}

Options takeOptions(const json::object& config, const std::string& certificateName,
                    Report& report) {
    Options options;
    Taker taker(report, options.values);
    options.factors.mail =
        config.contains("smtp") || config.contains("sendgrid") || config.contains("sendmail");
    options.factors.sms = config.contains("sms");
    options.factors.messaging = config.contains("messaging");
    const json::object none;
    const auto* settings = objectOf(config, "settings");
    SettingsReader(settings == nullptr ? none : *settings, certificateName, taker, options).read();
    if (config.contains("firebase") || config.contains("firebaserelay"))
        options.factors.push = true;
    if (const auto* domains = objectOf(config, "domains"))
        if (const auto* domain = objectOf(*domains, ""); domain && domain->contains("duo2factor"))
            options.factors.duo = true;
    takeDomains(config, taker, options);
    for (const auto& member : config)
        if (member.key() != "settings" && member.key() != "domains" &&
            !member.key().starts_with("$"))
            taker.left(std::string(member.key()), sectionText(member.key()));
    leaveContradictions(options.values, taker);
    return options;
}

/// Values as JSON: a JSON text is YAML (YAML 1.2, section 1.3).
std::string yamlOf(const json::object& values, const std::string& origin) {
    std::string text =
        "# Made by `trellisctl import meshcentral` from " + model::cleanText(origin, 1000) + ".\n";
    for (const auto& section : values) {
        text += std::string(section.key()) + ":\n";
        for (const auto& member : section.value().as_object())
            text +=
                "  " + std::string(member.key()) + ": " + json::serialize(member.value()) + "\n";
    }
    return text;
}

} // namespace trellis::takeover
