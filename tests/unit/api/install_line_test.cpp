// The install line, run by a real shell on a device of our making: a folder with the few programs
// that it finds there.
#include "core/api/commands/install.hpp"

#include "../store/support.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>

namespace fs = std::filesystem;
using namespace trellis::api;

namespace {

struct Device {
    Device() {
        for (const char* name : {"sh", "mktemp", "rm", "chmod", "grep", "cat"}) {
            fs::create_symlink(fs::exists(fs::path("/bin") / name) ? fs::path("/bin") / name
                                                                   : fs::path("/usr/bin") / name,
                               bin / name);
        }
        script("id", "echo 0");
        script("uname", "echo Linux x86_64");
    }
    void script(const std::string& name, const std::string& body) const {
        const auto path = bin / name;
        std::ofstream(path) << "#!/bin/sh\n" << body << '\n';
        fs::permissions(path, fs::perms::owner_all);
    }
    /// A downloader that notes what it was asked and brings an "agent" that says how it was started.
    void downloader(const std::string& name, const std::string& outputOption) const {
        script(name, "[ \"$1\" = --help ] && { echo --pinnedpubkey; exit; }\n"
                     "printf '%s\\n' \"$@\" >>" + (folder.path() / "asked").string() + "\n"
                     "while [ $# -gt 0 ]; do [ \"$1\" = " + outputOption + " ] && out=$2; shift; done\n"
                     "case $out in *.msh) echo settings >\"$out\" ;;\n"
                     "*) printf '#!/bin/sh\\necho started \"$1\"; cat \"$0.msh\"\\n' >\"$out\" ;; esac");
    }
    /// What the line prints on both channels; `code`: its exit code.
    std::string run() {
        InstallCommand install;
        install.serverUrl = "https://server.example:8443";
        install.keyPin = "sha256//AAAA=";
        install.token = "to@ken";
        std::ofstream(folder.path() / "line.sh") << linuxInstallLine(install) << '\n';
        const auto command = "exec 2>&1; PATH=" + bin.string() + " TMPDIR=" + temp.string() + " sh " +
                             (folder.path() / "line.sh").string();
        FILE* pipe = ::popen(command.c_str(), "r");
        BOOST_REQUIRE(pipe != nullptr);
        std::string out;
        std::array<char, 512> buffer{};
        while (const auto got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
            out.append(buffer.data(), got);
        }
        code = WEXITSTATUS(::pclose(pipe));
        return out;
    }
    std::string asked() const {
        std::ifstream in(folder.path() / "asked");
        return {std::istreambuf_iterator<char>(in), {}};
    }
    trellis::test::TempFolder folder;
    fs::path bin = make("bin");
    fs::path temp = make("tmp");
    int code = -1;

private:
    fs::path make(const char* name) const {
        fs::create_directory(folder.path() / name);
        return folder.path() / name;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(install_line, Device)

BOOST_AUTO_TEST_CASE(without_curl_and_wget_it_says_what_to_install) {
    BOOST_TEST(run().find("curl or GNU wget is needed") != std::string::npos);
    BOOST_TEST(code == 1);
}

BOOST_AUTO_TEST_CASE(a_wget_that_can_not_check_a_key_is_not_used) {
    script("wget", "[ \"$1\" = --help ] && echo busybox; echo called");
    const auto out = run();
    BOOST_TEST(out.find("GNU wget is needed") != std::string::npos);
    BOOST_TEST(out.find("called") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_machine_gets_no_program_it_can_not_start) {
    downloader("curl", "-o");
    script("uname", "echo Linux armv7l");
    BOOST_TEST(run().find("is for Linux x86_64, this is Linux armv7l") != std::string::npos);
    BOOST_TEST(code == 1);
    BOOST_TEST(asked().empty());
}

BOOST_AUTO_TEST_CASE(a_download_that_fails_ends_it_and_names_the_address) {
    script("curl", "exit 22");
    BOOST_TEST(run().find("curl could not get https://server.example:8443/meshagents?id=6") !=
               std::string::npos);
    BOOST_TEST(code == 1);
    BOOST_TEST(fs::is_empty(temp));
}

BOOST_AUTO_TEST_CASE(curl_and_wget_check_the_key_and_leave_nothing_but_the_agent) {
    for (const auto& [name, option] : {std::pair{"wget", "-O"}, std::pair{"curl", "-o"}}) {
        downloader(name, option);
        BOOST_TEST(run() == "started -install\nsettings\n");
        BOOST_TEST(code == 0);
        const auto asked = this->asked();
        BOOST_TEST(asked.find("sha256//AAAA=") != std::string::npos);
        BOOST_TEST(asked.find("/meshagents?id=6\n") != std::string::npos);
        BOOST_TEST(asked.find("/meshsettings?id=to%40ken\n") != std::string::npos);
        BOOST_TEST(fs::is_empty(temp));
        fs::remove(folder.path() / "asked");
    }
}

BOOST_AUTO_TEST_SUITE_END()
