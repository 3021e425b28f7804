// Whose screen is shown: by keys, seats and servers as real machines have them.
#include "agent/base/file.hpp"
#include "agent/platform/linux/desktop/find_display.hpp"
#include "agent/platform/linux/desktop/privacy_bar.hpp"
#include "agent/platform/linux/desktop/x_authority.hpp"
#include "test_tools.hpp"
#include "x_server.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

using namespace trellis::device::desktop;
using agentd_test::TempFolder;
using trellis::device::replaceFile;

namespace {
const std::string kCookie = "MIT-MAGIC-COOKIE-1";

std::string entry(const std::string& number, const std::string& method, const std::string& data) {
    const auto field = [](const std::string& text) {
        return std::string{'\0', static_cast<char>(text.size())} + text;
    };
    return std::string("\x01\x00", 2) + field("host") + field(number) + field(method) + field(data);
}

DisplayServer serverOf(const std::string& name, const std::string& terminal = {}, bool isVirtual = false) {
    return {name, 0, {}, terminal, false, isVirtual};
}
DisplayTarget targetFor(uid_t user, bool isLogin = false) { return {{}, {}, {}, user, isLogin, {}, {}}; }

/// What logind keeps of a session.
std::string session(const std::string& fields) { return "# This is private data. Do not parse.\n" + fields; }

/// A socket that this program, whose name is no X server's, listens on.
class Listener {
public:
    explicit Listener(std::string path) : path_(std::move(path)), fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        BOOST_REQUIRE(path_.size() < sizeof address.sun_path);
        path_.copy(address.sun_path, path_.size());
        BOOST_REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        BOOST_REQUIRE(::listen(fd_, 1) == 0);
    }
    ~Listener() {
        ::close(fd_);
        ::unlink(path_.c_str());
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

private:
    std::string path_;
    int fd_;
};

std::optional<DisplayServer> serverNamed(const std::string& name) {
    const auto all = findServers();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    return found == all.end() ? std::nullopt : std::optional(*found);
}
}  // namespace

BOOST_AUTO_TEST_SUITE(find_display)

BOOST_AUTO_TEST_CASE(keys_of_a_display_are_read_and_those_of_others_left) {
    const auto file = entry("0", kCookie, "first") + entry("1", kCookie, "second") +
                      entry("", kCookie, "any") + entry("0", "XDM-AUTHORIZATION-1", "no");
    const std::vector<std::string> wanted{"first", "any"};
    BOOST_TEST(readKeys(file, "0") == wanted, boost::test_tools::per_element());
    BOOST_TEST(readKeys(file, "").size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_off_gives_what_is_whole) {
    const auto one = entry("0", kCookie, "first");
    const auto file = one + entry("0", kCookie, "second");
    for (std::size_t size = 0; size <= file.size(); ++size) {
        const std::size_t whole = size < one.size() ? 0 : size < file.size() ? 1 : 2;
        BOOST_TEST(readKeys(file.substr(0, size), "0").size() == whole);
    }
    BOOST_TEST(readKeys("\xFF\xFF\xFF\xFF", "").empty());
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_for_every_display) {
    const auto file = writeKey("sixteen bytes ..");
    BOOST_TEST(readKeys(file, "7").at(0) == "sixteen bytes ..");
}

BOOST_AUTO_TEST_CASE(a_file_of_somebody_else_proves_nothing) {
    const TempFolder folder;
    replaceFile(folder.path("key"), writeKey("secret"), 0600);
    BOOST_TEST(keysOf(folder.path("key"), "0", ::getuid()).size() == 1U);
    BOOST_TEST(keysOf(folder.path("key"), "0", ::getuid() + 1).empty());
    BOOST_TEST(keysOf(folder.path(), "0").empty());
    BOOST_TEST(keysOf(folder.path("none"), "0").empty());
}

BOOST_AUTO_TEST_CASE(who_holds_the_servers_key_is_whose_it_is) {
    const TempFolder folder;
    replaceFile(folder.path("server"), entry("5", kCookie, "old") + entry("0", kCookie, "key"), 0600);
    replaceFile(folder.path("his"), entry("3", kCookie, "key"), 0600);
    replaceFile(folder.path("wrong"), entry("3", kCookie, "guess"), 0600);
    auto server = serverOf(":3");
    server.authority = folder.path("server");
    // Root's own programs may be anything's.
    const uid_t person = ::getuid() == 0 ? 1001 : ::getuid();
    BOOST_REQUIRE(::chown(folder.path("his").c_str(), person, ::getgid()) == 0);
    const DisplayClient holder{person, folder.path("his"), "bus", "/run/user/1"};
    // Says that he is there, with somebody else's file, with a wrong one, with none.
    const DisplayClient thief{person + 4000, folder.path("his"), {}, {}};
    const DisplayClient guesser{person + 4000, folder.path("wrong"), {}, {}};
    const DisplayClient liar{person + 4000, {}, {}, {}};
    const auto target = targetOf(server, {thief, guesser, holder, liar});
    BOOST_TEST(target.user == person);
    BOOST_TEST(target.busAddress == "bus");
    BOOST_TEST(target.authority == folder.path("his"));
    BOOST_TEST(target.key == "key");
    const auto nobody = targetOf(server, {thief, guesser, liar});
    BOOST_TEST(nobody.user == 0U);
    BOOST_TEST(nobody.isLogin);
    BOOST_TEST(nobody.key == "key");
}

BOOST_AUTO_TEST_CASE(without_a_known_key_whose_programs_are_there_is_taken_and_gets_none) {
    const auto target = targetOf(serverOf(":3"), {{120, {}, {}, {}}, {1001, "/home/anna/key", {}, {}}});
    BOOST_TEST(target.user == 1001U);
    BOOST_TEST(!target.isLogin);
    BOOST_TEST(target.key.empty());
    BOOST_TEST(targetOf(serverOf(":3"), {{120, {}, {}, {}}}).isLogin);
}

BOOST_AUTO_TEST_CASE(what_is_in_front_of_the_machine_comes_first) {
    Seat seat;
    addSession(seat,
               session("UID=1001\nUSER=anna\nACTIVE=1\nSTATE=active\nCLASS=user\nSEAT=seat0\nDISPLAY=:1\n"));
    addSession(seat, session("UID=1002\nUSER=ben\nACTIVE=0\nCLASS=user\nSEAT=seat0\nDISPLAY=:2\n"));
    addSession(seat, session("UID=1003\nUSER=via ssh\nACTIVE=1\nCLASS=user\n"));
    addSession(seat, session("ACTIVE=1\nSEAT=seat0\nUID=\n"));
    BOOST_TEST(seat.displays == std::set<std::string>{":1"}, boost::test_tools::per_element());
    BOOST_TEST(seat.users == std::set<uid_t>{1001}, boost::test_tools::per_element());
    const int anna = rankOf(serverOf(":1"), targetFor(1001), seat);
    const int annasOther = rankOf(serverOf(":9", {}, true), targetFor(1001), seat);
    const int ben = rankOf(serverOf(":2"), targetFor(1002), seat);
    const int far = rankOf(serverOf(":8", {}, true), targetFor(1002), seat);
    const int login = rankOf(serverOf(":0"), targetFor(0, true), seat);
    BOOST_TEST(anna < annasOther);
    BOOST_TEST(annasOther < ben);
    BOOST_TEST(ben < far);
    BOOST_TEST(far < login);
}

BOOST_AUTO_TEST_CASE(the_console_that_is_shown_decides_where_no_login_manager_does) {
    Seat seat;
    seat.terminal = "tty8";
    const int behind = rankOf(serverOf(":0", "tty7"), targetFor(1001), seat);
    const int shown = rankOf(serverOf(":1", "tty8"), targetFor(0, true), seat);
    BOOST_TEST(shown < behind);
}

BOOST_AUTO_TEST_CASE(the_bar_writes_names_as_they_are_and_marks_what_it_cannot) {
    BOOST_TEST((barText("Jörg Жуков", 20) == u"Jörg Жуков"));
    BOOST_TEST((barText("a\xF0\x9F\x98\x80\xFF\xC3", 20) == u"a???"));
    BOOST_TEST((barText("0123456789", 10) == u"0123456789"));
    BOOST_TEST((barText("0123456789x", 10) == u"0123456..."));
}

BOOST_AUTO_TEST_CASE(a_display_that_a_compositor_of_wayland_listens_for_is_not_shown) {
    ::mkdir("/tmp/.X11-unix", 01777);
    const auto number = std::to_string(60'000 + ::getpid() % 5'000);
    const Listener display("/tmp/.X11-unix/X" + number);
    const TempFolder folder;
    const auto isShown = [&] {
        const auto targets = findDisplays();
        return std::any_of(targets.begin(), targets.end(), [&](const auto& each) { return each.name == ':' + number; });
    };
    // A server with another name than those of X.Org is one, too.
    if (!hasWayland()) {
        BOOST_REQUIRE(serverNamed(':' + number).has_value());
        BOOST_TEST(!serverNamed(':' + number)->isWayland);
        BOOST_TEST(isShown());
    }
    const Listener wayland(folder.path("wayland-7"));
    BOOST_REQUIRE(hasWayland());
    BOOST_TEST(serverNamed(':' + number)->isWayland);
    BOOST_TEST(!isShown());
    // By hand in such a session: what its programs are told is black as well.
    ::setenv("DISPLAY", (':' + number).c_str(), 1);
    BOOST_TEST(!isShown());
    ::unsetenv("DISPLAY");
    if (!desktop_test::hasXServer()) return;
    const desktop_test::XServer server;
    BOOST_TEST(!serverNamed(server.name())->isWayland);
}

BOOST_AUTO_TEST_CASE(a_display_of_the_environment_without_a_server_is_none) {
    ::mkdir("/tmp/.X11-unix", 01777);
    const auto number = std::to_string(50'000 + ::getpid() % 5'000);
    const auto path = "/tmp/.X11-unix/X" + number;
    const auto isShown = [&](const std::string& name) {
        ::setenv("DISPLAY", name.c_str(), 1);
        const auto targets = findDisplays();
        ::unsetenv("DISPLAY");
        return std::any_of(targets.begin(), targets.end(), [&](const auto& each) { return each.name == name; });
    };
    BOOST_TEST(!isShown(':' + number));
    BOOST_TEST(!isShown("unix:" + number + ".0"));
    // Nobody here knows what runs there.
    BOOST_TEST(isShown("elsewhere:" + number));
    {
        const Listener display(path);
        BOOST_TEST(isRunning(':' + number + ".0"));
        BOOST_TEST((hasWayland() || isShown(':' + number)));
        BOOST_REQUIRE(::link(path.c_str(), (path + "-kept").c_str()) == 0);
    }
    // Left from a server that was killed.
    BOOST_REQUIRE(::rename((path + "-kept").c_str(), path.c_str()) == 0);
    BOOST_TEST(!isRunning(':' + number));
    BOOST_TEST(!isShown(':' + number));
    ::unlink(path.c_str());
}

BOOST_AUTO_TEST_SUITE_END()
