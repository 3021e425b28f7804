#include "agent_fixture.hpp"

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

using namespace trellis::device;
using agentd_test::AgentFixture;
using agentd_test::serverIdentity;

namespace {
/// A CONNECT proxy for one connection; every wait ends after 40 s.
class Proxy {
public:
    Proxy() {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto address = loopback(0);
        socklen_t size = sizeof address;
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
        ::listen(listener_, 4);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        const timeval limit{40, 0};
        ::setsockopt(listener_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    ~Proxy() { ::close(listener_); }
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;
    int port() const { return port_; }

    /// Returns the request's head. `status` "200 OK" goes on to pump bytes to `serverPort`.
    std::string serve(const std::string& status, int serverPort) {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        std::string head;
        char byte = 0;
        while (!head.ends_with("\r\n\r\n") && ::read(client, &byte, 1) == 1) head += byte;
        const auto answer = "HTTP/1.1 " + status + "\r\nVia: test\r\n\r\n";
        [[maybe_unused]] const auto sent = ::write(client, answer.data(), answer.size());
        if (status.starts_with("200")) {
            const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const auto address = loopback(serverPort);
            if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
                pump(client, server);
            }
            ::close(server);
        }
        ::close(client);
        return head;
    }

private:
    static sockaddr_in loopback(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        return address;
    }
    static void pump(int a, int b) {
        std::array<char, 16384> buffer{};
        for (;;) {
            std::array<pollfd, 2> wait{{{a, POLLIN, 0}, {b, POLLIN, 0}}};
            if (::poll(wait.data(), wait.size(), 40'000) <= 0) return;
            for (std::size_t i = 0; i < 2; ++i) {
                if (wait[i].revents == 0) continue;
                const auto count = ::read(wait[i].fd, buffer.data(), buffer.size());
                if (count <= 0 || ::write(wait[1 - i].fd, buffer.data(), static_cast<std::size_t>(count)) != count) return;
            }
        }
    }
    int listener_ = -1;
    int port_ = 0;
};

struct ProxyFixture : AgentFixture {
    Proxy proxy;
    ProxyFixture() {
        moreSettings = "WebProxy=user:secret@127.0.0.1:" + std::to_string(proxy.port()) + "\r\n";
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(agent_proxy, ProxyFixture)

BOOST_AUTO_TEST_CASE(the_channel_goes_through_a_proxy_that_agrees) {
    startAgent(serverIdentity().nodeId);
    std::string head;
    std::thread serving([&] { head = proxy.serve("200 OK", server.port()); });
    play([&] {
        server.accept();
        BOOST_TEST(server.authenticate(serverIdentity()).infoVersion == 1U);
    });
    agent->stop();
    loop.runOnce(Milliseconds(0));
    server.close();
    serving.join();
    const auto target = "127.0.0.1:" + std::to_string(server.port());
    BOOST_TEST(head == "CONNECT " + target + " HTTP/1.1\r\nHost: " + target +
                           "\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_proxy_that_refuses_is_left_out_the_next_time) {
    startAgent(serverIdentity().nodeId);
    play([&] {
        proxy.serve("407 Proxy Authentication Required", 0);
        server.accept();
        BOOST_TEST(server.authenticate(serverIdentity()).infoVersion == 1U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
