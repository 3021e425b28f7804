/// `trellisctl`: what an admin does on the server's own command line, or from elsewhere with a token.
#include <cstdlib>
#include <iostream>
#include <map>

#include <Poco/Exception.h>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/ctl/command_table.hpp"
#include "core/app/ctl/watch.hpp"
#include "core/model/ids.hpp"

namespace {

using namespace trellis;
using namespace trellis::app;

/// By the first word; each is declared in command_table.cpp as well.
const std::map<std::string, int (*)(ctl::Context&), std::less<>> kRun = {
    {"audit", ctl::auditTrail},
    {"backup", ctl::backups},
    {"call", ctl::call},
    {"completion", ctl::completion},
    {"config", ctl::config},
    {"db", ctl::database},
    {"device", ctl::device},
    {"group", ctl::group},
    {"import", ctl::takeOver},
    {"plugin", ctl::plugin},
    {"restore", ctl::restore},
    {"server", ctl::server},
    {"token", ctl::token},
    {"user", ctl::user},
    {"why", ctl::why},
};

[[noreturn]] void complain(const std::string& text) {
    throw sdk::Error(sdk::ErrorCode::InvalidArgument, text);
}

std::optional<RemoteTarget> remoteFrom(Arguments& arguments) {
    const auto url = arguments.option("url");
    const auto ca = arguments.option("ca");
    const auto pin = arguments.option("pin");
    if (!url) {
        if (ca || pin) complain("--ca and --pin go with --url");
        return std::nullopt;
    }
    const auto* token = std::getenv("TRELLIS_TOKEN");
    RemoteTarget target{*url, token ? token : "", ca.value_or(""), pin.value_or("")};
    checkTarget(target);
    return target;
}

std::string domainFrom(Arguments& arguments) {
    auto domain = arguments.option("domain").value_or("");
    if (!model::isDomain(domain)) complain("--domain: \"" + domain + "\" is not the id of a tenant");
    return domain;
}

int runCommand(ctl::Context& context) {
    const auto command = context.arguments.needWord("a command; see trellisctl --help");
    const auto known = kRun.find(command);
    if (known == kRun.end()) complain("unknown command \"" + command + "\"; see trellisctl --help");
    return known->second(context);
}

/// Also said by completion scripts and by the test of the manual; not for people.
std::optional<int> hidden(int argc, char** argv) {
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "__complete") {
        std::vector<std::string> words(argv + std::min(argc, 3), argv + argc); // behind "--"
        for (const auto& word : ctl::completions(words)) std::cout << word << '\n';
        return ctl::kOk;
    }
    if (first == "__reference") {
        std::cout << ctl::referencePage();
        return ctl::kOk;
    }
    return std::nullopt;
}

/// The command line with its first words found, which only works before options are taken out.
struct CommandLine {
    std::vector<std::string> items;
    std::string group, verb;

    CommandLine(int argc, char** argv) : items(argv, argv + argc) {
        std::size_t at = 1;
        while (at < items.size() && items[at].starts_with("--")) at += width(items[at]);
        if (at >= items.size()) return;
        group = items[at];
        if (at + 1 < items.size()) verb = items[at + 1];
        // `call` has a --data of its own, the arguments; the data directory stands before the command.
        if (group != "call") return;
        for (++at; at < items.size(); ++at) {
            if (items[at] == "--data" || items[at].starts_with("--data=")) items[at].insert(6, "-json");
        }
    }
    Arguments arguments() const {
        std::vector<const char*> texts;
        for (const auto& item : items) texts.push_back(item.c_str());
        return Arguments(static_cast<int>(texts.size()), texts.data());
    }

private:
    static std::size_t width(const std::string& item) {
        for (const auto& option : ctl::commonOptions())
            if (*option.value && item == std::string("--") + option.name) return 2;
        return 1;
    }
};

int run(const CommandLine& line, Arguments& arguments, bool asJson) {
    if (arguments.flag("help")) {
        std::cout << ctl::usageText();
        return ctl::kOk;
    }
    if (arguments.flag("version")) {
        std::cout << "trellisctl " TRELLIS_VERSION "\n";
        return ctl::kOk;
    }
    const bool isWatching = arguments.flag("watch");
    const auto remote = remoteFrom(arguments);
    ctl::Context context{arguments, arguments.option("data").value_or("/var/lib/trellis"),
                         arguments.option("config").value_or(""), asJson,
                         std::cin, std::cout, std::cerr, remote};
    context.domain = domainFrom(arguments);
    if (remote && !context.domain.empty()) complain("--domain: a tenant elsewhere is part of --url");
    const auto* spec = ctl::findCommand(line.group, line.verb);
    if (remote && (!spec || !ctl::has(spec->traits, ctl::Traits::Remote))) {
        complain("this command works on the server itself only, not with --url");
    }
    context.isFollowing = isWatching && spec && ctl::has(spec->traits, ctl::Traits::Follow);
    if (!isWatching || context.isFollowing) return runCommand(context);
    if (!spec || !ctl::has(spec->traits, ctl::Traits::Watch)) {
        complain("--watch goes with listings and status; see trellisctl --help");
    }
    return ctl::watch(context, runCommand);
}

int exitStatus(const sdk::Error& error) {
    switch (error.code()) {
    case sdk::ErrorCode::InvalidArgument: return ctl::kUsage;
    case sdk::ErrorCode::Unavailable: return ctl::kUnavailable;
    case sdk::ErrorCode::NotFound: return ctl::kNotFound;
    case sdk::ErrorCode::Conflict: return ctl::kConflict;
    case sdk::ErrorCode::RateLimited:
    case sdk::ErrorCode::DeadlineExceeded: return ctl::kTryLater;
    case sdk::ErrorCode::Forbidden:
    case sdk::ErrorCode::Unauthenticated: return ctl::kDenied;
    default: return ctl::kFailed;
    }
}

void report(const sdk::Error& error, bool asJson) {
    if (asJson) {
        boost::json::object object{{"code", sdk::codeName(error.code())}, {"message", error.what()}};
        if (!error.field().empty()) object["field"] = error.field();
        std::cerr << boost::json::serialize(boost::json::object{{"error", std::move(object)}}) << '\n';
        return;
    }
    std::cerr << "trellisctl: " << error.what();
    if (!error.field().empty()) std::cerr << " (" << error.field() << ")";
    std::cerr << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    bool asJson = false;
    try {
        if (const auto status = hidden(argc, argv)) return *status;
        const CommandLine line(argc, argv);
        auto arguments = line.arguments();
        asJson = arguments.flag("json");
        return run(line, arguments, asJson);
    } catch (const sdk::Error& e) {
        report(e, asJson);
        return exitStatus(e);
    } catch (const Poco::Exception& e) {
        report(sdk::Error(sdk::ErrorCode::Internal, e.displayText()), asJson);
    } catch (const std::exception& e) {
        report(sdk::Error(sdk::ErrorCode::Internal, e.what()), asJson);
    }
    return ctl::kFailed;
}
