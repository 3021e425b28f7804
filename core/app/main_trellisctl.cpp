/// `trellisctl`: what an admin does on the server's own command line.
#include <iostream>

#include <Poco/Exception.h>
#include <trellis/sdk/error.hpp>

#include "core/app/ctl/ctl.hpp"

namespace {

using namespace trellis;
using namespace trellis::app;

constexpr const char* kUsageText =
    R"(usage: trellisctl [--data DIR] [--config FILE] [--json] <command>

  user add NAME [--site-admin] [--email ADDRESS] --password-stdin
  user list | user remove NAME | user password NAME --password-stdin
  group add NAME | group list | group settings NAME [--create] [--host HOST:PORT]
  device list | device wait [--online N] [--timeout SECONDS]
  plugin list | plugin enable ID | plugin disable ID | plugin new ID [--into DIR]
  config check FILE | config show | config schema
  server status | server loginkey
  db copy FROM TO

--data is the server's data directory, /var/lib/trellis if not given. Most commands ask the server
that runs on it; `user add`, `plugin` and `config` also work without one. `db copy` copies one
database (sqlite:FILE or postgresql://USER@HOST/NAME) into another, empty one, with the server stopped.
)";

int run(Arguments& arguments) {
    ctl::Context context{arguments, arguments.option("data").value_or("/var/lib/trellis"),
                         arguments.option("config").value_or(""), arguments.flag("json"),
                         std::cin, std::cout, std::cerr};
    if (arguments.flag("help")) {
        std::cout << kUsageText;
        return ctl::kOk;
    }
    if (arguments.flag("version")) {
        std::cout << "trellisctl " TRELLIS_VERSION "\n";
        return ctl::kOk;
    }
    const auto command = arguments.needWord("a command; see trellisctl --help");
    if (command == "user") return ctl::user(context);
    if (command == "group") return ctl::group(context);
    if (command == "device") return ctl::device(context);
    if (command == "plugin") return ctl::plugin(context);
    if (command == "config") return ctl::config(context);
    if (command == "server") return ctl::server(context);
    if (command == "db") return ctl::database(context);
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "unknown command \"" + command + "\"; see trellisctl --help");
}

int exitStatus(const sdk::Error& error) {
    switch (error.code()) {
    case sdk::ErrorCode::InvalidArgument: return ctl::kUsage;
    case sdk::ErrorCode::Unavailable: return ctl::kUnavailable;
    case sdk::ErrorCode::Forbidden:
    case sdk::ErrorCode::Unauthenticated: return ctl::kDenied;
    default: return ctl::kFailed;
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        Arguments arguments(argc, argv);
        return run(arguments);
    } catch (const sdk::Error& e) {
        std::cerr << "trellisctl: " << e.what();
        if (!e.field().empty()) std::cerr << " (" << e.field() << ")";
        std::cerr << '\n';
        return exitStatus(e);
    } catch (const Poco::Exception& e) {
        std::cerr << "trellisctl: " << e.displayText() << '\n';
    } catch (const std::exception& e) {
        std::cerr << "trellisctl: " << e.what() << '\n';
    }
    return ctl::kFailed;
}
