/// What a subject is put through.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/ends.hpp"
#include "tests/bench/report.hpp"
#include "tests/bench/subject.hpp"

namespace trellis::bench {

struct Options {
    std::string programs; ///< folder of trellisd
    std::string peer;     ///< folder with MeshCentral; "" for none
    int agents = 5000;
    int halfOpen = 2000;
    int seconds = 5;           ///< of each measurement of a rate
    std::uint64_t pushed = 1'000'000'000; ///< bytes past a reader that stalls
};

/// All loads on one subject, one after another. Throws std::runtime_error if one can't be done.
class Loads {
public:
    using Identities = std::vector<test::AgentMint::Identity>;
    /// `identities`: of the agents; have to outlive the object, as have the others.
    Loads(const Options& options, const Subject& subject, const Identities& identities,
          Report& report);
    void run();

private:
    enum class Pinned : bool { No, Yes };
    void rest();
    void connectAgents(Pinned pinned);
    void enrol();
    void measureConnects(Pinned pinned, const std::string& how);
    void measureLoginsMeanwhile();
    void openHalf();
    void loginPage();
    void relay(std::size_t size);
    void stall();
    void stallAgainAndAgain();
    void threads(const std::string& when);
    BenchTunnel openTunnel();
    void warm(BenchTunnel& tunnel);
    std::vector<pid_t> processes() const;

    const Options& options_;
    const Subject& subject_;
    const Identities& identities_;
    Report& report_;
    test::AgentSettings settings_;
    Loop loop_;
    std::vector<std::unique_ptr<BenchAgent>> agents_;
    std::vector<std::unique_ptr<Peer>> halfOpen_;
    int threadsAtRest_ = 0;
};

/// What one RSA-3072 signature over SHA-384 costs in this process, in milliseconds of the processor:
/// the least of several tries. A connect of an agent has one in TLS and, unless pinned, one more.
double signatureCost();

} // namespace trellis::bench
