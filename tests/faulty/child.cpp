#include "tests/faulty/child.hpp"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/faulty/world.hpp"

extern char** environ;

namespace trellis::tests {

int runChild(const std::string& folder, const std::string& id, const std::string& command) {
    const rlimit noCore{0, 0};
    setrlimit(RLIMIT_CORE, &noCore);
    World world(folder, {"healthy", id}, "", [&](plugin::Settings& settings) {
        settings.journal = fs::path(folder) / "journal";
    });
    if (!world.isHealthy()) return 99;
    if (command != "stop") world.call(command);
    world.host->stop();
    std::_Exit(0);  // keeps the folder for the parent
}

int spawnChild(const std::string& folder, const std::string& id, const std::string& command) {
    std::string program = "/proc/self/exe";
    std::string flag = "--child";
    std::string arguments[] = {folder, id, command};
    char* argv[] = {program.data(),      flag.data(),         arguments[0].data(),
                    arguments[1].data(), arguments[2].data(), nullptr};
    pid_t child = 0;
    if (posix_spawn(&child, program.c_str(), nullptr, nullptr, argv, environ) != 0) return -1;
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

}  // namespace trellis::tests
