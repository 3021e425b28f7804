// Datagrams out of a script, as Wake-on-LAN needs them.
#include "script_fixture.hpp"

#include "agent/base/fd.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace trellis::device;
using agentd_test::ScriptFixture;

BOOST_FIXTURE_TEST_SUITE(script_datagrams, ScriptFixture)

BOOST_AUTO_TEST_CASE(a_datagram_arrives_and_what_is_no_address_is_refused) {
    const Fd receiver(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(::bind(receiver.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    BOOST_REQUIRE(::getsockname(receiver.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const timeval limit{10, 0};
    ::setsockopt(receiver.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    run("var s = require('dgram').createSocket({ type: 'udp4' }); s.bind({ address: '127.0.0.1' }); s.setBroadcast(true);"
        "s.send(Buffer.from('00ff7b', 'hex'), " + std::to_string(ntohs(address.sin_port)) + ", '127.0.0.1');"
        "try { s.send(Buffer.from('x'), 7, 'example.org'); } catch (ex) { say('refused'); }"
        "try { s.send(Buffer.from('x'), 70000, '127.0.0.1'); } catch (ex) { say('refused'); }"
        "s.close(); try { s.send(Buffer.from('x'), 7, '127.0.0.1'); } catch (ex) { say('closed'); }");
    char data[16];
    BOOST_REQUIRE(::recv(receiver.get(), data, sizeof data, 0) == 3);
    BOOST_TEST(std::string(data, 3) == std::string("\0\xff\x7b", 3));
    const std::vector<std::string> expected{"refused", "refused", "closed"};
    BOOST_TEST(sent == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
