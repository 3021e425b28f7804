/// `trellisd`: the server. Signals: TERM and INT stop it, HUP reads configuration and web certificate
/// again.
#include <csignal>
#include <iostream>

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <Poco/Exception.h>
#include <trellis/sdk/error.hpp>

#include "core/app/arguments.hpp"
#include "core/app/offline_plugins.hpp"
#include "core/app/server.hpp"
#include "core/config/cli.hpp"
#include "core/telemetry/log.hpp"

namespace {

using namespace trellis;
using namespace trellis::app;

constexpr const char* kUsageText =
    R"(usage: trellisd [--data DIR] [--config FILE] [--port N] [--plugins DIR] [--check]

  --data DIR      everything the server keeps (default /var/lib/trellis)
  --config FILE   configuration (default DIR/trellis.yaml, which may be absent)
  --port N        HTTPS port, instead of the configured one
  --plugins DIR   folder with plugins, instead of the one beside the program
  --check         check the configuration, print every problem, and exit
)";

// sysexits.h
constexpr int kExitUsage = 64;
constexpr int kExitUnavailable = 69;
constexpr int kExitSoftware = 70;
constexpr int kExitConfig = 78;

/// Blocks the signals that are waited for, in this and every later thread.
sigset_t blockSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return set;
}

/// Each agent is one descriptor; the usual soft limit of 1,024 would end at a thousand.
void raiseDescriptorLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// Large blocks go back to the system when they are freed. By default glibc raises its mmap threshold to
/// the size of the first large block that is freed (mallopt(3), "dynamic mmap threshold"); after one
/// login that is the 19 MiB of argon2id, and each worker's arena would keep 19 MiB from then on.
/// Setting a threshold ends that, and also the trim threshold that goes with it: 128 KiB, so low that
/// TLS read buffers would come and go with a system call each.
void keepMemorySmall() {
#ifdef __GLIBC__
    constexpr int kMiB = 1024 * 1024;
    mallopt(M_MMAP_THRESHOLD, kMiB);
    mallopt(M_TRIM_THRESHOLD, 2 * kMiB);
#endif
}

void serve(Server& server, const sigset_t& signals) {
    const auto started = server.start();
    if (started.setupLink) std::cout << "setup: " << *started.setupLink << '\n';
    std::cout << "ready: " << started.url << std::endl;
    for (;;) {
        int signal = 0;
        if (sigwait(&signals, &signal) != 0) continue;
        if (signal != SIGHUP) break;
        server.reload();
    }
    server.stop();
}

LaunchOptions launchOptions(Arguments& arguments) {
    LaunchOptions options;
    if (const auto data = arguments.option("data")) options.data = *data;
    if (const auto file = arguments.option("config")) options.configFile = *file;
    options.port = arguments.option("port");
    if (const auto plugins = arguments.option("plugins")) options.pluginRoots.push_back(*plugins);
    return options;
}

int run(int argc, char** argv) {
    Arguments arguments(argc, argv);
    if (arguments.flag("help")) {
        std::cout << kUsageText;
        return 0;
    }
    if (arguments.flag("version")) {
        std::cout << "trellisd " TRELLIS_VERSION "\n";
        return 0;
    }
    auto options = launchOptions(arguments);
    const bool isCheck = arguments.flag("check");
    arguments.finish();
    if (isCheck) {
        const OfflinePlugins plugins(options);
        return config::printCheck(loadRequest(options), plugins.schemas(), std::cout);
    }
    keepMemorySmall();
    const auto signals = blockSignals();
    raiseDescriptorLimit();
    Server server(std::move(options));
    serve(server, signals);
    telemetry::closeLog();
    if (server.hasLeaked()) _exit(0);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    int status = kExitSoftware;
    try {
        return run(argc, argv);
    } catch (const ConfigurationError& e) {
        std::cerr << e.what() << '\n';
        status = kExitConfig;
    } catch (const sdk::Error& e) {
        std::cerr << "trellisd: " << e.what() << '\n';
        if (e.code() == sdk::ErrorCode::InvalidArgument) status = kExitUsage;
        if (e.code() == sdk::ErrorCode::Unavailable) status = kExitUnavailable;
    } catch (const Poco::Exception& e) {
        std::cerr << "trellisd: " << e.displayText() << '\n';
    } catch (const std::exception& e) {
        std::cerr << "trellisd: " << e.what() << '\n';
    }
    telemetry::closeLog();
    return status;
}
