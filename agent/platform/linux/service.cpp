#include "agent/platform/linux/service.hpp"

#include "agent/base/file.hpp"
#include "agent/platform/linux/facts.hpp"
#include "agent/service/process.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace trellis::device::platform {
namespace {
constexpr const char* kUnit = "trellis-agent.service";
constexpr std::size_t kMaxProgram = 64 * 1024 * 1024;
constexpr Milliseconds kLongestStep{60'000};

class Step : private Process::Handler {
public:
    /// Exit code of systemctl with these arguments; -1 if it did not end.
    static int run(const std::vector<std::string>& args, std::string& output) {
        Loop loop;
        Step step;
        ProgramOptions options;
        options.path = ::access("/usr/bin/systemctl", X_OK) == 0 ? "/usr/bin/systemctl"
                                                                 : "/bin/systemctl";
        options.args = {"systemctl"};
        options.args.insert(options.args.end(), args.begin(), args.end());
        Process process(loop, step, options);
        process.waitForExit(kLongestStep);
        output = step.output_;
        return step.code_;
    }

private:
    void onOutput(bool, std::string_view bytes) override {
        if (output_.size() < 4096) output_.append(bytes);
    }
    void onDrained() override {}
    void onExit(int code, int) override { code_ = code; }
    std::string output_;
    int code_ = -1;
};

void systemctl(const std::vector<std::string>& args) {
    std::string output;
    const int code = Step::run(args, output);
    if (code == 0) return;
    std::string words;
    for (const auto& arg : args) words += ' ' + arg;
    throw std::runtime_error("systemctl" + words + " failed (" + std::to_string(code) + "): " + output);
}

void requireRoot() {
    if (::geteuid() != 0) throw std::runtime_error("this needs root: run it with sudo");
}

void removeFile(const std::string& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return;
    throw std::runtime_error("can't remove " + path + ": " + std::strerror(errno));
}
}  // namespace

bool hasSystemd() {
    struct stat info {};
    return ::lstat("/run/systemd/system", &info) == 0 && S_ISDIR(info.st_mode);
}

std::string unitText(const ServicePaths& paths) {
    // A remote shell inherits everything set here, so there is no ProtectSystem, NoNewPrivileges or
    // the like: an administrator's terminal must be able to administer. What remains protects the
    // agent itself.
    return "[Unit]\n"
           "Description=Trellis agent (remote management)\n"
           "Wants=network-online.target\n"
           "After=network-online.target\n"
           "StartLimitIntervalSec=0\n"
           "\n"
           "[Service]\n"
           "ExecStart=" + paths.program + " run --service --msh " + paths.settings + " --data " +
           paths.data + "\n"
           "Restart=always\n"
           "RestartSec=5\n"
           "KillMode=control-group\n"
           "TimeoutStopSec=10\n"
           "LimitCORE=0\n"
           "StandardInput=null\n"
           "\n"
           "[Install]\n"
           "WantedBy=multi-user.target\n";
}

void installService(const std::string& settingsText) {
    requireRoot();
    if (!hasSystemd()) {
        throw std::runtime_error("systemd does not run this machine, so there is nothing to install "
                                 "into; start `trellis-agent run --msh FILE --data DIR` from your own "
                                 "service manager");
    }
    const ServicePaths paths;
    const auto own = programPath();
    const auto program = readFile(own, kMaxProgram);
    if (!program) throw std::runtime_error("can't read " + own);
    // Whoever calls may keep everything to itself, as the install line does; a folder that others share,
    // such as /usr/local/lib, must not be made that way.
    ::umask(022);
    makeFolders(paths.program.substr(0, paths.program.rfind('/')), 0755);
    makeFolders(paths.data, 0700);
    // Replacing by rename works while the old program runs.
    if (own != paths.program) replaceFile(paths.program, *program, 0755);
    replaceFile(paths.settings, settingsText, 0600);
    replaceFile(paths.unit, unitText(paths), 0644);
    systemctl({"daemon-reload"});
    systemctl({"enable", kUnit});
    systemctl({"restart", kUnit});
}

void uninstallService() {
    requireRoot();
    const ServicePaths paths;
    std::string ignored;
    if (hasSystemd()) {
        // Fails if it is not installed, which is what is wanted. The unit goes first, so that a stop
        // of our own control group finds nothing to start again.
        Step::run({"disable", kUnit}, ignored);
        removeFile(paths.unit);
        Step::run({"daemon-reload"}, ignored);
    }
    for (const char* name : {"/trellis-agent.msh", "/agent.db", "/core", "/core.hung"}) {
        removeFile(paths.data + name);
    }
    removeFile(paths.program);
    removeFile(paths.program + ".update");
    ::rmdir(paths.data.c_str());
    ::rmdir(paths.program.substr(0, paths.program.rfind('/')).c_str());
    if (hasSystemd()) Step::run({"stop", "--no-block", kUnit}, ignored);
}

}  // namespace trellis::device::platform
