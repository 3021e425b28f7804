// MeshCentral as a subject: Node.js, NeDB, a data folder of its own.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <openssl/pem.h>
#include <trellis/wire/text.hpp>

#include "tests/bench/processes.hpp"
#include "tests/bench/subject.hpp"
#include "tests/support/server_process.hpp"

namespace trellis::bench {

namespace {

using namespace std::chrono_literals;
constexpr const char* kEnv = "/usr/bin/env"; // finds node

std::string textOf(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// ServerID of its settings files: the hash of the agent certificate's key.
wire::Hash serverIdOf(const std::string& certificatePem) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
        BIO_new_mem_buf(certificatePem.data(), static_cast<int>(certificatePem.size())),
        &BIO_free_all);
    const wire::CertificatePtr certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    const auto hash = certificate ? wire::keyHash(certificate.get()) : std::nullopt;
    if (!hash) throw std::runtime_error("MeshCentral has no agent certificate");
    return *hash;
}

class MeshCentral : public Subject {
public:
    explicit MeshCentral(const std::string& folder)
        : package_(folder + "/node_modules/meshcentral"), data_("meshcentral"),
          port_(test::freePort()) {
        if (!std::filesystem::exists(package_ + "/meshcentral.js"))
            throw std::runtime_error("no meshcentral in " + folder + "; npm install meshcentral");
        std::filesystem::create_directory(data_.path() + "/data");
        data_.write("data/config.json", config());
        run(program({"--createaccount", "admin", "--pass", kPassword}));
        run(program({"--adminaccount", "admin"}));
        process_ = test::startProgram(kEnv, program({}), "/dev/null", output());
        try {
            waitUntilReady();
            makeGroup();
        } catch (...) {
            stop();
            throw;
        }
    }
    ~MeshCentral() override { stop(); }
    std::string name() const override { return "MeshCentral"; }
    std::uint16_t port() const override { return port_; }
    pid_t process() const override { return process_; }
    test::AgentSettings settings() const override { return settings_; }
    std::string lastWords() const override { return textOf(output()); }

private:
    std::string output() const { return data_.path() + "/output.txt"; }

    /// Listens for agents and users only; nothing that would use the processor meanwhile.
    std::string config() const {
        return R"({"settings":{"cert":"localhost","port":)" + std::to_string(port_) +
               R"(,"portBind":"127.0.0.1","exactPorts":true,"redirPort":0,"mpsPort":0,)"
               R"("minify":false,"selfUpdate":false,"autoBackup":false,"WANonly":true},)"
               R"("domains":{"":{"newAccounts":false}}})";
    }

    std::vector<std::string> program(const std::vector<std::string>& more) const {
        std::vector<std::string> out{"node",       package_,
                                     "--datapath", data_.path() + "/data",
                                     "--filespath", data_.path() + "/files"};
        out.insert(out.end(), more.begin(), more.end());
        return out;
    }

    static std::string run(const std::vector<std::string>& arguments) {
        auto done = test::runProgram(kEnv, arguments, {}, 120s);
        if (done.status != 0) throw std::runtime_error("MeshCentral: " + done.output);
        return std::move(done.output);
    }

    void waitUntilReady() const {
        const bool isReady = test::eventually(
            [&] { return textOf(output()).find("HTTPS server running") != std::string::npos; },
            180s); // makes its certificates first
        if (!isReady) throw std::runtime_error("MeshCentral did not get ready:\n" + lastWords());
    }

    void makeGroup() {
        const auto text = run({"node", package_ + "/meshctrl.js", "adddevicegroup", "--name", "Bench",
                               "--url", "wss://localhost:" + std::to_string(port_), "--loginuser",
                               "admin", "--loginpass", kPassword});
        const auto at = text.find("mesh//");
        const auto id = at == std::string::npos
                            ? std::nullopt
                            : wire::decodeId64(text.substr(at + 6, text.find_first_of("\r\n ", at) - at - 6));
        if (!id) throw std::runtime_error("MeshCentral made no device group: " + text);
        settings_.groupId = wire::hashAt(*id);
        settings_.serverId = serverIdOf(textOf(data_.path() + "/data/agentserver-cert-public.crt"));
    }

    void stop() noexcept {
        // The first process starts its child anew, so it goes first.
        const auto all = processTree(process_);
        for (const auto process : all) ::kill(process, SIGKILL);
        test::awaitEnd(process_, 10s);
    }

    std::string package_;
    test::TemporaryFolder data_;
    std::uint16_t port_;
    pid_t process_ = -1;
    test::AgentSettings settings_;
};

} // namespace

std::unique_ptr<Subject> startMeshCentral(const std::string& folder) {
    return std::make_unique<MeshCentral>(std::filesystem::absolute(folder).string());
}

} // namespace trellis::bench
