/// The built programs as tests use them: trellisd on a data folder of its own, and trellisctl.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

#include "tests/support/client.hpp"

namespace trellis::test {

/// How a program ended.
struct Finished {
    int status = -1;    ///< exit status, or 128 + signal
    std::string output; ///< standard output and error
};
/// Runs a program to its end; killed after `limit`.
Finished runProgram(const std::string& program, const std::vector<std::string>& arguments,
                    const std::string& input = {}, std::chrono::seconds limit = 60s);

/// Starts a program whose input is a file and whose output is appended to another. Throws
/// std::runtime_error if there can be no process.
pid_t startProgram(const std::string& program, const std::vector<std::string>& arguments,
                   const std::string& inputFile, const std::string& outputFile);
/// Exit status, or 128 + signal; killed after `limit`.
int awaitEnd(pid_t pid, std::chrono::seconds limit);

/// A TCP port of 127.0.0.1 that was free a moment ago: the servers' configurations take no 0.
std::uint16_t freePort();

/// The folder with the programs: $TRELLIS_BIN.
std::string programFolder();

/// A folder that goes with the object.
class TemporaryFolder {
public:
    explicit TemporaryFolder(const std::string& name);
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const { return path_; }
    void write(const std::string& name, const std::string& text) const;

private:
    std::string path_;
};

/// trellisd on 127.0.0.1. The destructor ends it and removes its data.
class ServerProcess {
public:
    static constexpr const char* kPassword = "correct horse 42 battery";

    struct Options {
        std::string programs = {};   ///< folder of trellisd; "" for programFolder()
        std::string config = {};     ///< further sections of trellis.yaml
        std::string serverKeys = {}; ///< further keys of its section `server`, indented by 2
        bool fastCertificates = true;
    };
    /// Returns when the server is ready. Throws std::runtime_error with its output if it never is.
    explicit ServerProcess(Options options);
    ServerProcess() : ServerProcess(Options{}) {}
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    void launch();
    int stop(int signal = SIGTERM); ///< waits; exit status, or 128 + signal
    bool isRunning();
    void sendSignal(int signal) const;
    pid_t pid() const { return pid_; }
    std::uint16_t port() const { return port_; }
    const std::string& data() const { return folder_.path(); }
    /// Of a PostgreSQL database, if the tests are to use one (TRELLIS_TEST_POSTGRESQL); else "".
    const std::string& databaseUrl() const { return databaseUrl_; }
    std::string output() const; ///< all it wrote since the first launch
    std::string program(const std::string& name) const { return options_.programs + "/" + name; }
    ClientOptions client() const; ///< for a TLS connection to it

    Finished tryCtl(std::vector<std::string> arguments, const std::string& input = {}) const;
    /// Throws unless trellisctl succeeds.
    std::string ctl(std::vector<std::string> arguments, const std::string& input = {}) const;
    void addAdmin(const std::string& name = "admin") const;

    /// Facts of the kernel about the running server.
    std::uint64_t residentKiB() const;
    int threads() const;
    std::chrono::milliseconds cpuTime() const; ///< user and system

private:
    void usePostgresql();
    std::string pluginFolder() const { return data() + "/test-plugins"; }
    /// The product's plugins, as they lie beside its programs, and the tests' own.
    void linkPlugins() const;
    Options options_;
    TemporaryFolder folder_;
    std::string databaseUrl_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
    std::size_t readyCount_ = 0;
};

/// `name: value` header for a control connection (control-protocol section 1).
std::pair<std::string, std::string> meshAuth(const std::string& user, const std::string& password);

/// Signs in on the page's interface; the cookie as a request shows it, "" if refused.
std::string signIn(const ClientOptions& client, const std::string& user,
                   const std::string& password);

} // namespace trellis::test
