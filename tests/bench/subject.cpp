#include "tests/bench/subject.hpp"

#include "tests/support/server_process.hpp"

namespace trellis::bench {

namespace {

class Trellis : public Subject {
public:
    explicit Trellis(const std::string& programs) : server_(options(programs)) {
        server_.addAdmin();
        settings_ = test::readSettings(server_.ctl({"group", "settings", "Bench", "--create"}));
    }
    std::string name() const override { return "Trellis"; }
    std::uint16_t port() const override { return server_.port(); }
    pid_t process() const override { return server_.pid(); }
    test::AgentSettings settings() const override { return settings_; }
    std::string lastWords() const override {
        constexpr std::size_t kEnough = 2000;
        auto text = server_.output();
        return text.size() > kEnough ? text.substr(text.size() - kEnough) : text;
    }

private:
    static test::ServerProcess::Options options(const std::string& programs) {
        test::ServerProcess::Options out;
        out.programs = programs;
        out.fastCertificates = false;
        out.config = "agents:\n  idle_timeout_s: 0\n  handshake_timeout_s: 300\n"
                     "limits:\n  tls_handshake_s: 120\n  connections_per_address: 60000\n"
                     "login:\n  max_failures: 1000\n";
        return out;
    }
    test::ServerProcess server_;
    test::AgentSettings settings_;
};

} // namespace

test::ClientOptions Subject::client() const {
    test::ClientOptions out;
    out.port = port();
    out.timeout = std::chrono::seconds(60); // a loaded server is measured, not given up
    return out;
}

void Subject::logIn() const {
    test::WsClient control(client(), "/control.ashx", {test::meshAuth("admin", kPassword)});
    if (control.receive().payload.find("serverinfo") == std::string::npos)
        throw std::runtime_error("a login was refused");
}

std::unique_ptr<Subject> startTrellis(const std::string& programs) {
    return std::make_unique<Trellis>(programs);
}

std::string adminHeader() {
    const auto [name, value] = test::meshAuth("admin", kPassword);
    return name + ": " + value;
}

} // namespace trellis::bench
