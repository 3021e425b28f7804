/// `trellis-bench`: what the server costs, as a table. See README.md.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "tests/bench/loads.hpp"

using namespace trellis;
using namespace trellis::bench;

namespace {

int usage() {
    std::cerr << "usage: trellis-bench --programs DIR [--peer DIR] [--agents N] [--half-open N]\n"
                 "                     [--seconds N] [--pushed-mb N]\n";
    return 64;
}

/// False if the arguments are none of ours.
bool parse(int argc, char** argv, Options& options) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const auto number = [&](int least) { return std::max(least, std::atoi(argv[i + 1])); };
        if (name == "--programs") options.programs = argv[i + 1];
        else if (name == "--peer") options.peer = argv[i + 1];
        else if (name == "--agents") options.agents = number(1);
        else if (name == "--half-open") options.halfOpen = number(0);
        else if (name == "--seconds") options.seconds = number(1);
        else if (name == "--pushed-mb") options.pushed = 1'000'000ULL * static_cast<unsigned>(number(1));
        else return false;
    }
    return !options.programs.empty() && argc % 2 == 1;
}

void measure(const Options& options, const Subject& subject, const Loads::Identities& identities,
             Report& report) {
    report.begin(subject.name());
    Loads loads(options, subject, identities, report);
    try {
        loads.run();
    } catch (const std::exception& reason) {
        throw std::runtime_error(std::string(reason.what()) + "\nthe server's last words:\n" +
                                 subject.lastWords());
    }
}

void run(const Options& options) {
    const double signature = signatureCost();
    std::printf("one RSA-3072 signature costs %.2f ms here: %.2f ms in a full connect of an agent,\n"
                "%.2f ms in a pinned one, are signatures\n",
                signature, 2 * signature, signature);
    test::AgentMint mint;
    Loads::Identities identities;
    for (int i = 0; i < options.agents; ++i) identities.push_back(mint.make());
    Report report;
    measure(options, *startTrellis(options.programs), identities, report);
    if (options.peer.empty()) return;
    measure(options, *startMeshCentral(options.peer), identities, report);
    report.printTable();
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    if (!parse(argc, argv, options)) return usage();
    try {
        run(options);
        return 0;
    } catch (const std::exception& reason) {
        std::cerr << "trellis-bench: " << reason.what() << '\n';
        return 1;
    }
}
