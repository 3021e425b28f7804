#include "tests/support/server_process.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <trellis/wire/text.hpp>
#include <unistd.h>

namespace trellis::test {

namespace {

std::string textOf(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t countOf(const std::string& text, std::string_view what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++count;
    return count;
}

int statusOf(int raw) {
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

/// A line of /proc/<pid>/status as a number.
std::uint64_t statusLine(pid_t pid, const std::string& name) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(name + ":"))
            return std::stoull(line.substr(name.size() + 1));
    throw std::runtime_error("the server is not running");
}

} // namespace

pid_t startProgram(const std::string& program, const std::vector<std::string>& arguments,
                   const std::string& inputFile, const std::string& outputFile) {
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const auto& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0)
        throw std::runtime_error("fork failed");
    if (pid > 0)
        return pid;
    const int in = ::open(inputFile.c_str(), O_RDONLY);
    const int out = ::open(outputFile.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (in < 0 || out < 0)
        ::_exit(126);
    ::dup2(in, 0);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::close_range(3, ~0U, 0);
    ::signal(SIGPIPE, SIG_DFL);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
}

int awaitEnd(pid_t pid, std::chrono::seconds limit) {
    int raw = 0;
    const bool isOver = eventually([&] { return ::waitpid(pid, &raw, WNOHANG) == pid; }, limit);
    if (!isOver) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, &raw, 0);
    }
    return statusOf(raw);
}

std::uint16_t freePort() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

std::string programFolder() {
    const char* folder = std::getenv("TRELLIS_BIN");
    if (folder == nullptr)
        throw std::runtime_error("TRELLIS_BIN has to name the folder of the programs");
    return folder;
}

TemporaryFolder::TemporaryFolder(const std::string& name) {
    path_ = (std::filesystem::temp_directory_path() / ("trellis-" + name + "-XXXXXX")).string();
    if (::mkdtemp(path_.data()) == nullptr)
        throw std::runtime_error("no temporary folder");
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void TemporaryFolder::write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
}

Finished runProgram(const std::string& program, const std::vector<std::string>& arguments,
                    const std::string& input, std::chrono::seconds limit) {
    const TemporaryFolder folder("run");
    folder.write("in", input);
    const auto pid = startProgram(program, arguments, folder.path() + "/in", folder.path() + "/out");
    Finished out;
    out.status = awaitEnd(pid, limit);
    out.output = textOf(folder.path() + "/out");
    return out;
}

ServerProcess::ServerProcess(Options options)
    : options_(std::move(options)), folder_("server"), port_(freePort()) {
    if (options_.programs.empty())
        options_.programs = programFolder();
    folder_.write("trellis.yaml",
                  "server:\n  name: localhost\n  bind: [127.0.0.1]\n  fast_certs: " +
                      std::string(options_.fastCertificates ? "true\n" : "false\n") +
                      options_.serverKeys + options_.config);
    usePostgresql();
    linkPlugins();
    launch();
}

void ServerProcess::usePostgresql() {
    const char* server = std::getenv("TRELLIS_TEST_POSTGRESQL");
    if (server == nullptr || *server == '\0')
        return;
    const auto schema = "server_" + std::to_string(::getpid()) + "_" + std::to_string(port_);
    const auto made = runProgram("/usr/bin/psql", {"-q", "-c", "CREATE SCHEMA " + schema, server});
    if (made.status != 0)
        throw std::runtime_error("psql: " + made.output);
    databaseUrl_ = std::string(server) + "&options=-csearch_path%3D" + schema;
    std::filesystem::create_directory(data() + "/conf.d");
    folder_.write("conf.d/database.yaml", "database:\n  url: \"" + databaseUrl_ + "\"\n");
}

ServerProcess::~ServerProcess() {
    if (pid_ > 0)
        stop();
}

void ServerProcess::linkPlugins() const {
    namespace fs = std::filesystem;
    const fs::path folder = pluginFolder();
    fs::create_directory(folder);
    std::error_code ignored;
    const fs::path product = fs::path(options_.programs) / "../lib/trellis/plugins";
    for (const auto& from : {fs::path(TRELLIS_TEST_PLUGINS), product})
        for (const auto& entry : fs::directory_iterator(from, ignored))
            if (entry.is_directory())
                fs::create_directory_symlink(fs::canonical(entry.path()),
                                             folder / entry.path().filename());
}

void ServerProcess::launch() {
    pid_ = startProgram(program("trellisd"),
                 {"--data", data(), "--port", std::to_string(port_), "--plugins", pluginFolder()},
                 "/dev/null", data() + "/output.txt");
    const bool isReady = eventually(
        [&] { return countOf(output(), "ready: https://") > readyCount_ || !isRunning(); }, 60s);
    if (!isReady || pid_ < 0)
        throw std::runtime_error("the server did not get ready:\n" + output());
    ++readyCount_;
}

bool ServerProcess::isRunning() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_)
        pid_ = -1;
    return pid_ > 0;
}

int ServerProcess::stop(int signal) {
    if (pid_ < 0)
        return -1;
    ::kill(pid_, signal);
    const int status = awaitEnd(pid_, 30s);
    pid_ = -1;
    return status;
}

void ServerProcess::sendSignal(int signal) const {
    ::kill(pid_, signal);
}

std::string ServerProcess::output() const {
    return textOf(data() + "/output.txt");
}

ClientOptions ServerProcess::client() const {
    ClientOptions out;
    out.port = port_;
    return out;
}

Finished ServerProcess::tryCtl(std::vector<std::string> arguments, const std::string& input) const {
    arguments.insert(arguments.begin(), {"--data", data()});
    return runProgram(program("trellisctl"), arguments, input);
}

std::string ServerProcess::ctl(std::vector<std::string> arguments, const std::string& input) const {
    const auto name = arguments.front();
    auto done = tryCtl(std::move(arguments), input);
    if (done.status != 0)
        throw std::runtime_error("trellisctl " + name + ": " + done.output);
    return std::move(done.output);
}

void ServerProcess::addAdmin(const std::string& name) const {
    ctl({"user", "add", name, "--site-admin", "--password-stdin"}, std::string(kPassword) + "\n");
}

std::uint64_t ServerProcess::residentKiB() const {
    return statusLine(pid_, "VmRSS");
}

int ServerProcess::threads() const {
    return static_cast<int>(statusLine(pid_, "Threads"));
}

std::chrono::milliseconds ServerProcess::cpuTime() const {
    const auto stat = textOf("/proc/" + std::to_string(pid_) + "/stat");
    // proc(5): fields 14 and 15, counted from 1; the name, field 2, may hold spaces.
    std::size_t at = stat.rfind(')') + 1;
    for (int field = 2; field < 13; ++field)
        at = stat.find(' ', at + 1);
    std::size_t used = 0;
    const auto user = std::stoll(stat.substr(at), &used);
    const auto system = std::stoll(stat.substr(at + used));
    return std::chrono::milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
}

std::pair<std::string, std::string> meshAuth(const std::string& user, const std::string& password) {
    return {"x-meshauth", wire::encodeBase64(wire::bytesOf(user)) + "," +
                              wire::encodeBase64(wire::bytesOf(password))};
}

std::string signIn(const ClientOptions& client, const std::string& user,
                   const std::string& password) {
    HttpCall call;
    call.method = "POST";
    call.target = "/api/login";
    call.headers = {{"Content-Type", "application/json"}};
    call.body = R"({"name":")" + user + R"(","password":")" + password + R"("})";
    const auto reply = request(client, call);
    const auto cookie = reply.header("Set-Cookie");
    return reply.status == 200 ? cookie.substr(0, cookie.find(';')) : std::string();
}

} // namespace trellis::test
